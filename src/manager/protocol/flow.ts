import type { Deadline } from "../deadline.ts";
import type { ProtocolContext } from "./context.ts";
import type { HeldLease } from "./held-lease.ts";
import type { ProtocolSteps } from "./steps.ts";
import type { Target } from "./target.ts";

/** One flow under the lease: everything that it learns and has to tidy up. */
export interface Flow {
  readonly context: ProtocolContext;
  readonly target: Target;
  readonly held: HeldLease;
  readonly deadline: Deadline;
  readonly steps: ProtocolSteps;
  readonly startedAt: number;
}
