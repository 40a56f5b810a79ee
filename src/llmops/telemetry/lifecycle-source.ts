import type { TenureEvent } from "../../manager/events.ts";
import type { AgentRegistry } from "../../registry/contract/index.ts";
import type { Runtime } from "../../runtime/index.ts";

/** Resolutions of this process since it began. Plain numbers, read when metrics are collected: the hit path pays nothing. */
export interface ResolutionCounts {
  /** Resolutions that made or changed something in the service. */
  readonly creations: number;
  /** Resolutions that did not, hits included. */
  readonly reuses: number;
}

/** The part of a manager that lifecycle metrics listen to. */
export interface LifecycleSource {
  readonly registry: AgentRegistry;
  readonly runtime: Runtime;
  readonly scope: string;
  readonly service: { readonly location: string };
  onEvent(listener: (event: TenureEvent) => void): () => void;
  /** Has work done before the registry is closed. */
  onClose?(work: () => Promise<void>): void;
  /** Without it only what events tell is counted: hits are missing. */
  resolutionCounts?(): ResolutionCounts;
}
