import type { AgentRegistry } from "../../registry/contract/index.ts";
import { untilAborted } from "../pipeline/until-aborted.ts";

// By registry, because that is what callers who could meet in one session share. Other registry objects on the same data are kept apart by the lease.
const tails = new WeakMap<AgentRegistry, Map<string, Promise<void>>>();

/**
 * Waits for everybody of this process who came before, in their order. Resolves to the function that lets the next one in. Rejects with the signal's
 * reason; the place in the queue is given up then.
 */
export async function enterQueue(registry: AgentRegistry, resource: string, signal: AbortSignal): Promise<() => void> {
  const queues = tails.get(registry) ?? new Map<string, Promise<void>>();
  tails.set(registry, queues);
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
