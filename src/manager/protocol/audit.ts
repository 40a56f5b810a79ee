import type { JsonObject } from "../../config/index.ts";
import type { AgentKey, NewEvent } from "../../registry/contract/index.ts";
import type { ProtocolContext } from "./context.ts";

/** A decision for the audit trail, with who and when filled in. */
export function auditEvent(
  context: ProtocolContext,
  event: { readonly type: string; readonly key: AgentKey; readonly data: JsonObject },
): NewEvent {
  const { key, type, data } = event;
  return {
    type,
    location: key.location,
    scope: key.scope,
    agentName: key.name,
    at: context.options.runtime.now(),
    actor: context.process,
    data,
  };
}
