/** Events from one side, a loop on the other. What is pushed before the reader comes waits for it. */
export class EventChannel<Event> {
  readonly #waiting: Event[] = [];
  #isClosed = false;
  #wake: (() => void) | undefined;

  /** Does nothing once the channel is closed. */
  push(event: Event): void {
    if (this.#isClosed) return;
    this.#waiting.push(event);
    this.#wake?.();
  }

  /** No more will come: the loop ends after what is waiting. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** One reader. */
  async *read(): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      for (let event = this.#waiting.shift(); event !== undefined; event = this.#waiting.shift()) yield event;
      if (this.#isClosed) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }
}
