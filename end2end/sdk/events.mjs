// As much of a browser's EventSource as the SDK asks for. Node has none.
export class EventSource {
  #abort = new AbortController();

  constructor(url) {
    this.#read(url).catch((error) => {
      if (!this.#abort.signal.aborted) this.onerror?.(error);
    });
  }

  async #read(url) {
    const response = await fetch(url, { signal: this.#abort.signal });
    const kind = response.headers.get("content-type");
    if (!response.ok || kind !== "text/event-stream") throw new Error(`${response.status} ${kind}`);
    this.onopen?.();
    let text = "";
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      const events = (text + chunk).split("\n\n");
      text = events.pop();
      for (const event of events) this.onmessage?.({ data: event.replace(/^data: /, "") });
    }
    throw new Error("the stream has ended");
  }

  close() {
    this.#abort.abort();
  }
}
