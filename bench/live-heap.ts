/** After how many things that go by the heap is looked at. */
const LOOK_EVERY = 500;

/** What is reachable, looked at again and again while things go by. Needs `--expose-gc`. */
export class LiveHeap {
  #passed = 0;
  #start: number | undefined;
  #peak = 0;

  /** One more was dealt with. */
  passed(): void {
    this.#passed += 1;
    if (this.#passed % LOOK_EVERY === 0) this.#look();
  }

  /** Over the first look, which has the engine's and the clients' caches filled. */
  get growthMb(): number {
    return (this.#peak - (this.#start ?? 0)) / 1e6;
  }

  tell(): string {
    this.#look();
    return `heap ${((this.#start ?? 0) / 1e6).toFixed(1)} MB at first, ${(this.#peak / 1e6).toFixed(1)} MB at most`;
  }

  #look(): void {
    globalThis.gc?.();
    const { heapUsed } = process.memoryUsage();
    this.#start ??= heapUsed;
    this.#peak = Math.max(this.#peak, heapUsed);
  }
}
