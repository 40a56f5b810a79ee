import { TenureError } from "../../errors/index.ts";
import type { NewEvent, NewRevision } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { auditEvent } from "./audit.ts";
import type { ProtocolContext } from "./context.ts";
import { deleteFromService } from "./removal.ts";
import type { Target } from "./target.ts";
import { differenceFrom } from "./unmanaged.ts";

/**
 * Tells when the service stored something else than was sent; defaults that it filled in do not count. The result goes into the audit trail with the commit.
 */
export function compareReadBack(context: ProtocolContext, target: Target, revision: NewRevision): readonly NewEvent[] {
  const difference = differenceFrom(target.config.definition, revision.stored);
  if (difference.length === 0) return [];
  const { fingerprint, remote } = revision;
  const agentName = target.key.name;
  context.emit({ type: "revision.stored-differently", agentName, fingerprint, remote, difference, draft: undefined });
  const changes = difference.map(({ path, kind, before, after }) => ({ path, kind, before, after }));
  const data = { cause: "read back after the write", fingerprint, remote: { ...remote }, difference: changes };
  return [auditEvent(context, { type: "revision.stored-differently", key: target.key, data })];
}

/**
 * A release was sent and a draft came back. Nobody can be routed to a draft and lists do not show it, so it is removed and the caller told.
 */
export async function refuseDraft(
  context: ProtocolContext,
  params: { readonly target: Target; readonly shown: RemoteRevision; readonly signal: AbortSignal },
): Promise<TenureError> {
  const { target, shown, signal } = params;
  const { fingerprint, agentName } = target.config;
  const { ref } = shown;
  await deleteFromService(context, { kind: "revision", ref, signal });
  context.emit({
    type: "revision.stored-differently",
    agentName,
    fingerprint,
    remote: ref,
    difference: [],
    draft: "unexpected",
  });
  return new TenureError(
    "service_protocol",
    `The service made a draft, ${ref.id}, of what was sent as a release. It was removed again.`,
    {
      details: { agentName, fingerprint, remote: ref },
    },
  );
}
