// Waiting for what must happen: at once when it does, and never for longer than a few seconds.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE = 5000;
const EVENTS = [
  "connecting",
  "connected",
  "disconnected",
  "subscribing",
  "subscribed",
  "unsubscribed",
  "publication",
  "join",
  "leave",
  "error",
];

/** The outcome of a promise, or a failure that says what did not happen. */
export async function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`in vain waited until ${what}`)), PATIENCE);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Writes down every event of a client or a subscription from now on. */
export function listen(emitter) {
  return new Diary(emitter);
}

class Diary {
  #events = Object.fromEntries(EVENTS.map((name) => [name, []]));
  #waiting = new Set();

  constructor(emitter) {
    for (const name of EVENTS) {
      emitter.on(name, (context) => {
        this.#events[name].push(context);
        for (const look of this.#waiting) look();
      });
    }
  }

  /** All events of a kind so far. */
  all(name) {
    return this.#events[name];
  }

  /** The data of all publications so far. */
  get data() {
    return this.all("publication").map((publication) => publication.data);
  }

  /** The `count`th event of a kind (the first is 1), whether it has come already or will. */
  async nth(name, count = 1) {
    const found = this.all(name);
    let look;
    const come = new Promise((resolve) => {
      look = () => found.length >= count && resolve();
      this.#waiting.add(look);
      look();
    });
    try {
      await within(come, `${count} × ${name} (there are ${found.length})`);
    } finally {
      this.#waiting.delete(look);
    }
    return found[count - 1];
  }
}

/** For what nobody announces: asks again until the answer is the expected one. */
export async function eventually(ask, expected) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const answer = await ask();
    try {
      return assert.deepEqual(answer, expected);
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(10);
  }
}
