import type { RemoteRef } from "../../config/index.ts";
import type { TenureError } from "../../errors/index.ts";
import type { ProtocolContext } from "./context.ts";

/** Pauses between tries of a deletion in milliseconds: deleting is safe to repeat. */
const RETRY_MS = [0, 100, 500, 2_000] as const;

/** What is to go. */
export type Removal = { readonly signal: AbortSignal } & (
  | { readonly kind: "revision"; readonly ref: RemoteRef }
  | { readonly kind: "agent"; readonly serviceName: string }
);

/** Deletes in the service until it is certain: gone, or an error. Rejects with the service's error. */
export async function deleteFromService(context: ProtocolContext, removal: Removal): Promise<"deleted" | "absent"> {
  const { service, runtime } = context.options;
  let error: TenureError | undefined;
  for (const pause of RETRY_MS) {
    if (pause > 0) await runtime.sleep(pause, { signal: removal.signal });
    const outcome =
      removal.kind === "revision" ? await service.deleteRevision(removal) : await service.deleteAgent(removal);
    if (outcome.kind === "ok") return outcome.value;
    if (outcome.kind === "not-found") return "absent";
    error = outcome.error;
    if (outcome.kind === "refused") throw error;
    if (outcome.kind === "throttled" && outcome.retryAfterMs !== undefined) {
      await runtime.sleep(outcome.retryAfterMs, { signal: removal.signal });
    }
  }
  throw error ?? new Error("unreachable: there is at least one try");
}
