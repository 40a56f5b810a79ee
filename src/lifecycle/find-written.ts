import type { TenureError } from "../errors/index.ts";
import type { RemoteRevision } from "../services/contract/index.ts";
import type { LeasedWork } from "./under-lease.ts";

/** Pauses before each question, as parts of `settleMs`. */
const SETTLE_STEPS = [0, 0.1, 0.3, 0.6] as const;

/**
 * What a write made whose outcome is not known: the service is asked until it would show, and the write is never repeated (P2). Rejects with the write's `error` if it
 * does not show.
 */
export async function findWritten(
  { core, deadline, signal }: LeasedWork,
  wanted: {
    readonly serviceName: string;
    readonly isIt: (revision: RemoteRevision) => boolean;
    readonly error: TenureError;
  },
): Promise<RemoteRevision> {
  const { serviceName, isIt, error } = wanted;
  for (const part of SETTLE_STEPS) {
    if (part > 0) await deadline.sleep(part * core.options.settleMs);
    for await (const shown of core.options.service.listRevisions({ serviceName, signal }))
      if (isIt(shown)) return shown;
  }
  throw error;
}
