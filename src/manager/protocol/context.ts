import type { ProcessIdentity } from "../../registry/contract/index.ts";
import type { UndatedEvent } from "../events.ts";
import type { ResolvedManagerOptions } from "../options.ts";
import type { ResourceLocks } from "./resource-locks.ts";

/** What every step of the protocol works with. */
export interface ProtocolContext {
  readonly options: ResolvedManagerOptions;
  readonly process: ProcessIdentity;
  readonly locks: ResourceLocks;
  readonly emit: (event: UndatedEvent) => void;
}
