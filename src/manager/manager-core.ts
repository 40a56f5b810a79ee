import type { BriefLooks } from "./hit/brief-looks.ts";
import type { KnownAgents } from "./hit/known-agents.ts";
import type { ProtocolContext } from "./protocol/context.ts";
import type { OpenWork } from "./open-work.ts";
import type { UsageBuffer } from "./usage/usage-buffer.ts";

/** The inside of an open manager, for the parts that build on it. */
export interface ManagerCore extends ProtocolContext {
  /** What this process has resolved: `forget` what was changed. */
  readonly known: KnownAgents;
  /** For callers who are given what is known if the registry does not answer. */
  readonly looks: BriefLooks;
  /** Counted use: `flush` it before use decides anything. */
  readonly usage: UsageBuffer;
  /** What `close` waits for: every change belongs among it. */
  readonly work: OpenWork;
}
