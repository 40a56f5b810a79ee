import { untilAborted } from "../pipeline/until-aborted.ts";

const tails = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * Waits for everybody of this process who came before, in their order. The place is taken at once, before this returns. `shared` is what all share who
 * could meet at the resource: for a session the registry; other registry objects on the same data are kept apart by the lease. Resolves to the function
 * that lets the next one in. Rejects with the signal's reason; the place in the queue is given up then.
 */
export async function enterQueue(shared: object, resource: string, signal: AbortSignal): Promise<() => void> {
  const queues = tails.get(shared) ?? new Map<string, Promise<void>>();
  tails.set(shared, queues);
  const { promise, resolve } = Promise.withResolvers<void>();
  const previous = queues.get(resource) ?? Promise.resolve();
  const tail = previous.then(() => promise);
  queues.set(resource, tail);
  void tail.then(() => {
    if (queues.get(resource) === tail) queues.delete(resource);
  });
  try {
    await untilAborted(previous, signal);
  } catch (thrown) {
    resolve();
    throw thrown;
  }
  return resolve;
}
