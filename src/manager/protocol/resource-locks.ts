import { abortedError } from "../../errors/index.ts";

/**
 * One at a time per resource within this process, in the order of asking.
 *
 * Leases exclude other processes; this spares the registry the contention of callers who could never hold the lease together anyway, and makes sure that
 * a lease in this process's name is either held by the one flow inside, or was granted by an answer that got lost.
 */
export class ResourceLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Whether a caller would have its turn at once. */
  isFree(resource: string): boolean {
    return !this.#tails.has(resource);
  }

  /**
   * Resolves when it is the caller's turn; the caller ends its turn by calling the result. Rejects with the signal's reason; the turn then passes to the
   * next as soon as it comes.
   */
  async enter(resource: string, signal?: AbortSignal): Promise<() => void> {
    const before = this.#tails.get(resource);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#tails.set(resource, promise);
    const leave = (): void => {
      if (this.#tails.get(resource) === promise) this.#tails.delete(resource);
      resolve();
    };
    if (before === undefined) return leave;
    if (await isFirst(before, signal)) return leave;
    void before.then(leave);
    throw abortedError(signal ?? AbortSignal.abort());
  }
}

/** Whether the turn came before the signal fired. */
async function isFirst(turn: Promise<void>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) return turn.then(() => true);
  if (signal.aborted) return false;
  const fired = Promise.withResolvers<false>();
  const onAbort = (): void => fired.resolve(false);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([turn.then(() => true), fired.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
