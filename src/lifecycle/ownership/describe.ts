import type { JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { auditEvent, type ManagerCore, pinnedOf, protectionOf, shownProtection } from "../../manager/index.ts";
import type { AgentKey, AgentRecord } from "../../registry/contract/index.ts";
import { getAgent, type LifecycleCallOptions, underLease } from "../under-lease.ts";

/** Whose an agent is and what it is for. */
export interface Ownership {
  readonly agentName: string;
  readonly scope: string;
  readonly serviceName: string;
  /** A person or team to ask. */
  readonly owner: string | undefined;
  readonly purpose: string | undefined;
  /** The fingerprint that `current` is held at. */
  readonly pinned: string | undefined;
  /** ISO 8601, or `forever`. */
  readonly protectedUntil: string | undefined;
}

/** Texts to set; `null` takes one away, an absent one stays. 1 to 256 characters. */
export interface OwnershipChange extends LifecycleCallOptions {
  readonly owner?: string | null | undefined;
  readonly purpose?: string | null | undefined;
}

const MAX_LENGTH = 256;

/** Whose the agent is. Rejects with `agent_not_found`. */
export async function readOwnership(core: ManagerCore, key: AgentKey): Promise<Ownership> {
  return toOwnership(await getAgent(core, key), core.options.runtime.now());
}

/** Sets owner and purpose. Rejects with `agent_not_found`. */
export async function describeAgent(core: ManagerCore, key: AgentKey, change: OwnershipChange): Promise<Ownership> {
  const settings = ownershipSettings(change);
  return underLease(core, { key, signal: change.signal }, async ({ held }) => {
    const agent = await getAgent(core, key);
    const before = { owner: agent.settings["owner"] ?? null, purpose: agent.settings["purpose"] ?? null };
    const after = { ...before, ...settings };
    if (before.owner === after.owner && before.purpose === after.purpose)
      return toOwnership(agent, core.options.runtime.now());
    const events = [auditEvent(core, { type: "agent.described", key, data: { cause: "order", before, after } })];
    const updated = await core.options.registry.agents.update({ lease: held.lease, key, settings, events });
    return toOwnership(updated, core.options.runtime.now());
  });
}

/** The change as settings of the agent. */
export function ownershipSettings(change: OwnershipChange): JsonObject {
  const { owner, purpose } = change;
  return { ...(owner === undefined ? {} : { owner }), ...(purpose === undefined ? {} : { purpose }) };
}

function toOwnership(agent: AgentRecord, now: number): Ownership {
  const { owner, purpose } = agent.settings;
  const until = protectionOf(agent.settings, now);
  return {
    agentName: agent.key.name,
    scope: agent.key.scope,
    serviceName: agent.serviceName,
    owner: typeof owner === "string" ? owner : undefined,
    purpose: typeof purpose === "string" ? purpose : undefined,
    pinned: pinnedOf(agent.settings),
    protectedUntil: until === undefined ? undefined : shownProtection(until),
  };
}

/** Throws `invalid_option` for what can be neither owner nor purpose. */
export function assertOwnershipText(name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  if (typeof value === "string" && value.trim() !== "" && value.length <= MAX_LENGTH && !/\p{Cc}/u.test(value)) return;
  throw new TenureError(
    "invalid_option",
    `Expected \`${name}\` to be 1 to ${MAX_LENGTH} printable characters, or null.`,
  );
}
