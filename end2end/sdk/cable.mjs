// A cable between a client and the engine that a test can cut and mend.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Cable {
  #sockets = new Set();
  #isCut = false;
  #server;

  /** Lies there until the test `t` ends. */
  static async to(port, t) {
    const cable = new Cable(port);
    t.after(() => cable.#close());
    await once(cable.#server.listen(0, "127.0.0.1"), "listening");
    return cable;
  }

  constructor(port) {
    this.#server = createServer((near) => {
      if (this.#isCut) return near.destroy();
      const far = connect({ port, host: "127.0.0.1", noDelay: true });
      this.#hold(near, far);
      this.#hold(far, near);
    });
  }

  #hold(socket, other) {
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      other.destroy();
    });
    socket.pipe(other);
  }

  get port() {
    return this.#server.address().port;
  }

  /** Breaks every connection without a word, and lets none through until it is mended. */
  cut() {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend() {
    this.#isCut = false;
  }

  #close() {
    this.cut();
    this.#server.close();
  }
}
