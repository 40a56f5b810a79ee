import type { DefinitionChange, Fingerprint, RemoteRef } from "../../config/index.ts";
import type { RemoteRevision, Stamp } from "../../services/contract/index.ts";
import type { RevisionRecord } from "../../registry/contract/index.ts";
import type { TenureError } from "../../errors/index.ts";
import type { DriftPolicy } from "../options.ts";

/**
 * How an agent can differ from what our last write left.
 * `edited`: a revision's definition, or its stamp. `newer-version`: a version on top that is not ours. `deleted`: a revision, or the agent. `disabled`: the agent.
 */
export type DriftSource = "edited" | "newer-version" | "deleted" | "disabled";

/** One difference between what we left in the service and what it holds now. */
export interface DriftFinding {
  readonly agentName: string;
  readonly serviceName: string;
  readonly source: DriftSource;
  /** The revision that it is about; for `newer-version` the current one, from which the difference is taken. */
  readonly fingerprint: Fingerprint | undefined;
  /** What the service holds now; absent if it is gone. */
  readonly remote: RemoteRef | undefined;
  /** From what was stored after our write to what is there now. */
  readonly difference: readonly DefinitionChange[];
  /** The same for a person: texts line by line, everything else by path. */
  readonly text: string;
  readonly policy: DriftPolicy;
  /** What was done about it. `none`: it was only looked at. */
  readonly action: "none" | "reported" | "adopted" | "reverted" | "failed";
  /** Why the policy could not be applied. */
  readonly error?: TenureError | undefined;
}

/** A finding with the records that acting on it needs. */
export interface Observation {
  readonly source: DriftSource;
  /** The registered revision that it is about. */
  readonly revision: RevisionRecord | undefined;
  /** What the service holds now. */
  readonly shown: RemoteRevision | undefined;
  readonly difference: readonly DefinitionChange[];
  /** The stamp of a version that another scope or agent has under this service name, if there is one. */
  readonly foreign?: Stamp | undefined;
}

/** What one look at an agent has shown. */
export interface Inspection {
  readonly observations: readonly Observation[];
  /** Versions with our stamp that the registry does not know. */
  readonly unregistered: readonly RemoteRevision[];
}
