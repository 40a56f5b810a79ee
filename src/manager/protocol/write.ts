import { fingerprintOf, type RemoteRef } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { NewRevision } from "../../registry/contract/index.ts";
import type { RemoteRevision, WriteOutcome } from "../../services/contract/index.ts";
import type { Deadline } from "../deadline.ts";
import type { ProtocolContext } from "./context.ts";
import { isOurStamp, stampOf, type Target } from "./target.ts";

/** Waits between tries after a conflict: base and ceiling in milliseconds, with full jitter. */
const CONFLICT_BACKOFF = { baseMs: 50, maxMs: 2_000 } as const;
/** What a throttling service is given when it does not say how long to wait. */
const UNSAID_THROTTLE_MS = 1_000;

/** What a single write led to. Only after `made` and `unknown` anything of it can be in the service. */
export type WriteStep =
  | { readonly kind: "made"; readonly revision: RemoteRevision }
  /** Nothing was done, and nothing will be. */
  | { readonly kind: "refused"; readonly error: TenureError }
  /** Nothing was done: after `waitMs` the service is asked again. */
  | { readonly kind: "not-now"; readonly error: TenureError; readonly waitMs: number }
  /** The service is asked until the write would have shown. */
  | { readonly kind: "unknown"; readonly error: TenureError };

/** Sends the create once. Rejects only if nothing was sent. */
export async function writeOnce(
  context: ProtocolContext,
  params: { readonly target: Target; readonly intentId: string; readonly attempt: number; readonly deadline: Deadline },
): Promise<WriteStep> {
  const { target, deadline } = params;
  const { config } = target;
  const outcome = await context.options.service.createRevision({
    serviceName: target.serviceName,
    definition: config.definition,
    description: config.description,
    metadata: config.metadata,
    stamp: stampOf(target, params.intentId),
    signal: deadline.signal,
  });
  return readOutcome(context, params, outcome);
}

function readOutcome(
  context: ProtocolContext,
  params: { readonly target: Target; readonly attempt: number; readonly deadline: Deadline },
  outcome: WriteOutcome<RemoteRevision>,
): WriteStep {
  const common = { agentName: params.target.key.name, fingerprint: params.target.config.fingerprint };
  switch (outcome.kind) {
    case "ok":
      return { kind: "made", revision: outcome.value };
    case "refused":
    case "not-found":
      return { kind: "refused", error: outcome.error };
    case "conflict": {
      context.emit({ type: "write.conflict", ...common, message: outcome.error.message });
      const ceiling = Math.min(CONFLICT_BACKOFF.maxMs, CONFLICT_BACKOFF.baseMs * 2 ** params.attempt);
      return { kind: "not-now", error: outcome.error, waitMs: context.options.runtime.random() * ceiling };
    }
    case "throttled": {
      const waitMs = outcome.retryAfterMs ?? UNSAID_THROTTLE_MS * 2 ** Math.min(params.attempt, 4);
      if (waitMs >= params.deadline.remainingMs) return { kind: "refused", error: outcome.error };
      context.emit({ type: "write.throttled", ...common, waitMs });
      return { kind: "not-now", error: outcome.error, waitMs };
    }
    case "unknown":
      context.emit({ type: "write.unknown", ...common, message: outcome.error.message });
      return { kind: "unknown", error: outcome.error };
  }
}

/** What the registry keeps of a revision that the service showed. Rejects with `scope_conflict` if the service answered with somebody else's. */
export function toNewRevision(target: Target, shown: RemoteRevision): NewRevision {
  const { stamp } = shown;
  if (stamp !== undefined && !isOurStamp(stamp, target.key)) throw foreignError(target, stamp);
  return {
    key: target.key,
    fingerprint: target.config.fingerprint,
    remote: frozenRef(shown.ref),
    definition: target.config.definition,
    stored: shown.definition,
    storedFingerprint: fingerprintOf(shown.definition),
    stamped: stamp !== undefined,
    model: target.config.model,
    webSearchEnabled: target.config.webSearchEnabled,
  };
}

function frozenRef(ref: RemoteRef): RemoteRef {
  return Object.freeze({ id: ref.id, name: ref.name, ...(ref.version === undefined ? {} : { version: ref.version }) });
}

/** The agent of this service name belongs to somebody else. Both names are in the message. */
export function foreignError(
  target: Target,
  stamp: { readonly scope: string; readonly agentName: string },
): TenureError {
  const { key, serviceName } = target;
  const details = {
    serviceName,
    wanted: { scope: key.scope, agentName: key.name },
    owner: { scope: stamp.scope, agentName: stamp.agentName },
  };
  if (stamp.scope === key.scope) {
    const message = `The agents "${key.name}" and "${stamp.agentName}" would both be "${serviceName}" in the service.`;
    return new TenureError("name_collision", message, { details });
  }
  const message = `"${serviceName}" in the service belongs to agent "${stamp.agentName}" of scope "${stamp.scope}"; scope "${key.scope}" cannot use it for "${key.name}".`;
  return new TenureError("scope_conflict", message, { details });
}
