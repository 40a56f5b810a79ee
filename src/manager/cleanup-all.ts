import { TenureError } from "../errors/index.ts";

/** What a clean-up on order can be told. */
export interface CleanupCallOptions {
  /** Ends the wait. What was begun is ended by the next clean-up, or by recovery. */
  readonly signal?: AbortSignal | undefined;
}

/** What `cleanupAll` did. */
export interface CleanupAllReport {
  readonly deleted: readonly string[];
  readonly failed: readonly { readonly agentName: string; readonly error: TenureError }[];
}

/** Agents that are deleted at the same time. */
const PARALLEL = 4;

/** Cleans up every agent named, a few at a time. One failure does not keep the others; it is reported. */
export async function cleanupEach(
  names: readonly string[],
  cleanup: (agentName: string) => Promise<boolean>,
): Promise<CleanupAllReport> {
  const deleted: string[] = [];
  const failed: { agentName: string; error: TenureError }[] = [];
  const next = names[Symbol.iterator]();
  const work = async (): Promise<void> => {
    for (const agentName of next) {
      try {
        if (await cleanup(agentName)) deleted.push(agentName);
      } catch (thrown) {
        failed.push({ agentName, error: TenureError.from(thrown) });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return { deleted: deleted.toSorted(), failed };
}
