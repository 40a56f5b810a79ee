import type { JsonObject, NormalConfig } from "../../config/index.ts";
import type { AgentKey, NewAgent, ProcessIdentity, RevisionRecord } from "../../registry/contract/index.ts";
import type { Stamp } from "../../services/contract/index.ts";
import type { Deadline } from "../deadline.ts";
import type { ChangePolicy, ResolveOutcome, UnmanagedPolicy } from "../managed-agent.ts";
import type { ProtocolContext } from "./context.ts";

/** What the registry is told of an agent that a resolution makes, beside its configuration. */
export interface Birth {
  /** The agent is this process's alone. */
  readonly ephemeralOwner?: ProcessIdentity | undefined;
  /** Of a record that is not there yet; one that is stays as it is. */
  readonly settings?: JsonObject | undefined;
  /** For the audit trail. Default: `getOrCreateAgent`. */
  readonly cause?: string | undefined;
}

/** What one resolution is after. */
export interface Target {
  readonly key: AgentKey;
  readonly config: NormalConfig;
  readonly serviceName: string;
  readonly serviceKey: string | undefined;
  readonly birth: Birth;
  readonly unmanaged: UnmanagedPolicy;
  readonly onChange: ChangePolicy;
  /** Look a known revision up in the service before giving it. */
  readonly verify: boolean;
}

/** One resolution under way. */
export interface Resolution {
  readonly target: Target;
  readonly deadline: Deadline;
  /** Reads the registry before anything is claimed: for an agent that is known only as long as whoever asks would wait for it. */
  readonly look: <Value>(read: () => Promise<Value>) => Promise<Value>;
}

/** What came of it. */
export interface Ensured {
  readonly outcome: ResolveOutcome;
  readonly revision: RevisionRecord;
}

/** The record that the registry makes when this is the agent's first intent. */
export function newAgentOf(target: Target): NewAgent {
  const { serviceName, serviceKey, birth, config } = target;
  const settings = config.owned === undefined ? birth.settings : { ...birth.settings, owned: config.owned };
  return { serviceName, serviceKey, ephemeralOwner: birth.ephemeralOwner, settings };
}

/** Our mark for a copy that the intent makes. */
export function stampOf(target: Target, intentId: string): Stamp {
  return {
    scope: target.key.scope,
    agentName: target.key.name,
    fingerprint: target.config.fingerprint,
    intentId,
    ephemeralOwner: target.birth.ephemeralOwner?.id,
  };
}

/** Whether the stamp is ours for this agent. */
export function isOurStamp(stamp: Stamp | undefined, key: AgentKey): stamp is Stamp {
  return stamp !== undefined && stamp.scope === key.scope && stamp.agentName === key.name;
}

/** The lease of the agent was lost: said once, where it is met. */
export function reportLostLease(context: ProtocolContext, target: Target, fence: number): void {
  context.emit({ type: "lease.lost", agentName: target.key.name, fence });
}
