import type { Fingerprint } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { AgentKey, Lease, RevisionState } from "../contract/index.ts";

/** The lease that was shown is not the one that holds. */
export function leaseLost(lease: Lease): TenureError {
  return new TenureError(
    "lease_lost",
    `The lease ${lease.fence} of ${lease.resource} ran out, was given back or passed to another process.`,
    {
      details: { resource: lease.resource, fence: lease.fence },
    },
  );
}

export function agentNotFound(key: AgentKey): TenureError {
  return new TenureError("agent_not_found", `There is no agent "${key.name}" in scope "${key.scope}".`, {
    details: { ...key },
  });
}

export function revisionNotFound(key: AgentKey, fingerprint: Fingerprint): TenureError {
  return new TenureError("revision_not_found", `The agent "${key.name}" has no live revision ${fingerprint}.`, {
    details: { ...key, fingerprint },
  });
}

export function illegalTransition(fingerprint: Fingerprint, from: RevisionState, to: RevisionState): TenureError {
  return new TenureError("internal", `The revision ${fingerprint} cannot go from "${from}" to "${to}".`);
}

/** `serviceName` is wanted by `wanted` and belongs to `owner`. */
export function serviceNameTaken(serviceName: string, wanted: AgentKey, owner: AgentKey): TenureError {
  const details = { serviceName, wanted: nameOf(wanted), owner: nameOf(owner) };
  if (owner.scope === wanted.scope) {
    const message = `The agents "${wanted.name}" and "${owner.name}" of scope "${wanted.scope}" would both be "${serviceName}" in the service.`;
    return new TenureError("name_collision", message, { details });
  }
  const message = `The agent "${wanted.name}" of scope "${wanted.scope}" would be "${serviceName}" in the service, which belongs to "${owner.name}" of scope "${owner.scope}".`;
  return new TenureError("scope_conflict", message, { details });
}

function nameOf({ scope, name }: AgentKey): { readonly scope: string; readonly agentName: string } {
  return { scope, agentName: name };
}

export function registryClosed(): TenureError {
  return new TenureError("closed", "The registry was closed.");
}
