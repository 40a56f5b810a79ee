import type { TenureError } from "../../errors/index.ts";
import { auditEvent } from "./audit.ts";
import type { ProtocolContext } from "./context.ts";
import type { Target } from "./target.ts";

/**
 * Another scope wanted the service name that a scope has: whoever asked gets `scope_conflict`; the owner reads it in its own audit trail, since nobody of
 * it may be listening now. A failure to write it is not the caller's concern.
 */
export async function tellOwner(context: ProtocolContext, target: Target, error: TenureError): Promise<void> {
  const owner = error.details["owner"];
  if (error.code !== "scope_conflict" || typeof owner !== "object" || owner === null) return;
  if (!("scope" in owner) || typeof owner.scope !== "string") return;
  if (!("agentName" in owner) || typeof owner.agentName !== "string" || owner.scope === target.key.scope) return;
  const { serviceName, key } = target;
  const data = { cause: "getOrCreateAgent", serviceName, wanted: { scope: key.scope, agentName: key.name } };
  const event = auditEvent(context, {
    type: "scope.contested",
    key: { ...key, scope: owner.scope, name: owner.agentName },
    data,
  });
  context.emit({ type: "scope.contested", agentName: key.name, serviceName, scope: owner.scope });
  try {
    await context.options.registry.events.append({ events: [event] });
  } catch {
    // Whoever asked has its answer already; the event above is the word on it for who listens here.
  }
}
