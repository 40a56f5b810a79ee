import type { Duration } from "../../config/index.ts";

/**
 * What may go, and how carefully. Everything has a default, `false` switches a policy off. What is current, pinned, aliased, protected, in a live session
 * or used within `grace` stays whatever a policy says (P5).
 */
export interface RetentionPolicies {
  /** Old revisions. Default `{ keep: 10, usedWithin: "30d" }`. */
  readonly revisions?: RevisionPolicy | false | undefined;
  /** Whole agents that nobody uses any more. Default `false`. */
  readonly idleAgents?: IdlePolicy | false | undefined;
  /** Agents of one process (`reuseAgent: false`) whose process is known to be gone. Default `true`. */
  readonly ephemeral?: boolean | undefined;
  /** Agents in the service with our stamp that the registry does not know. They are recorded, and go unless somebody uses them. Default `true`. */
  readonly orphans?: boolean | undefined;
  /** Changes that dead processes left unfinished. Default `true`. */
  readonly intents?: boolean | undefined;
  /** Sessions that nobody goes on with, and their conversations. Default `false`; every session then counts as live. */
  readonly sessions?: IdlePolicy | false | undefined;
  /** The scope's audit trail: older events are forgotten by each run. Default `false`: all are kept. */
  readonly events?: EventPolicy | false | undefined;
  /** What to do when an agent comes near a limit of the service. Default `{ warnAt: 70, actAt: 85 }`. */
  readonly limits?: LimitPolicy | false | undefined;
  /** How long something stays marked before it is deleted. At least the manager's `freshMs + flushMs + timeoutMs`. Default `"1d"`. */
  readonly grace?: Duration | undefined;
  /** Most deletions of one run. Default `{ count: 100 }`. */
  readonly maxPerRun?: RunLimit | undefined;
  /** A run stops before it marks or deletes anything when more than so many percent of the scope's agents would go, and at least five. 1 to 100, default 50. */
  readonly stopAbove?: number | undefined;
}

/** Which revisions of an agent stay although nothing holds them. */
export interface RevisionPolicy {
  /** The newest, 0 to 1000. Default 10. */
  readonly keep?: number | undefined;
  /** Those used or made within this time. Default `"30d"`. */
  readonly usedWithin?: Duration | undefined;
}

/** How long something may be left unused. */
export interface IdlePolicy {
  readonly unusedFor: Duration;
}

/** How long events are kept. */
export interface EventPolicy {
  readonly keep: Duration;
}

/** Percent of a limit of the service, 1 to 100. */
export interface LimitPolicy {
  /** Told as an event and in the plan. Default 70. */
  readonly warnAt?: number | undefined;
  /** Revisions that nothing holds and nobody has used within `grace` go, the longest unused first, until `warnAt` is reached. Default 85. */
  readonly actAt?: number | undefined;
}

/** Whichever is smaller. */
export interface RunLimit {
  /** 1 to 100,000. Default 100. */
  readonly count?: number | undefined;
  /** Of the scope's live revisions, 1 to 100. Default 100. */
  readonly percent?: number | undefined;
}
