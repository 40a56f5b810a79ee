import { fingerprintOf, type JsonObject } from "../../config/index.ts";
import type { AgentKey, NewRevision, RevisionRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision, Stamp } from "../../services/contract/index.ts";
import { pinnedOf } from "../agent-settings.ts";
import { auditEvent } from "../protocol/audit.ts";
import type { ProtocolContext } from "../protocol/context.ts";
import type { HeldLease } from "../protocol/held-lease.ts";

/** The registered copy is gone, another one of the same configuration is there: the record follows. */
export async function repoint(
  context: ProtocolContext,
  params: { readonly held: HeldLease; readonly known: RevisionRecord; readonly copy: RemoteRevision },
): Promise<void> {
  const { held, known, copy } = params;
  const { key, fingerprint } = known;
  const data = {
    cause: "the registered copy is gone",
    fingerprint,
    before: { ...known.remote },
    after: { ...copy.ref },
  };
  await context.options.registry.agents.updateRevision({
    lease: held.lease,
    key,
    fingerprint,
    remote: copy.ref,
    stored: copy.definition,
    storedFingerprint: fingerprintOf(copy.definition),
    stamped: true,
    events: [auditEvent(context, { type: "recovery.repointed", key, data })],
  });
}

/** Records a stamped copy that the registry does not know: what was asked for is then what the service holds. */
export async function recordCopy(
  context: ProtocolContext,
  params: { readonly key: AgentKey; readonly held: HeldLease; readonly copy: RemoteRevision },
): Promise<void> {
  const { key, held, copy } = params;
  const { stamp } = copy;
  if (stamp === undefined) return;
  const data = { remote: { ...copy.ref }, fingerprint: stamp.fingerprint };
  const known = await context.options.registry.agents.get({ key });
  await context.options.registry.intents.commit({
    lease: held.lease,
    intentId: undefined,
    revision: revisionOf(key, copy, stamp),
    makeCurrent: known?.current === undefined || pinnedOf(known.settings) === undefined,
    agent: {
      serviceName: copy.ref.name,
      serviceKey: context.options.service.toServiceKey(copy.ref.name),
      ephemeralOwner: stamp.ephemeralOwner === undefined ? undefined : { id: stamp.ephemeralOwner, host: "", pid: 0 },
    },
    events: [auditEvent(context, { type: "recovery.adopted", key, data })],
  });
  const facts = { agentName: key.name, fingerprint: stamp.fingerprint, remote: copy.ref };
  context.emit({ type: "agent.adopted", ...facts, durationMs: 0, stamped: true });
}

function revisionOf(key: AgentKey, copy: RemoteRevision, stamp: Stamp): NewRevision {
  const { definition } = copy;
  return {
    key,
    fingerprint: stamp.fingerprint,
    remote: copy.ref,
    definition,
    stored: definition,
    storedFingerprint: fingerprintOf(definition),
    stamped: true,
    model: typeof definition["model"] === "string" ? definition["model"] : "",
    webSearchEnabled: hasWebSearch(definition),
  };
}

function hasWebSearch(definition: JsonObject): boolean {
  const tools = Array.isArray(definition["tools"]) ? definition["tools"] : [];
  return tools.some(
    (tool: unknown) =>
      typeof tool === "object" && tool !== null && "type" in tool && String(tool.type).startsWith("web_search"),
  );
}
