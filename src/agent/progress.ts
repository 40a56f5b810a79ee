/**
 * Where a run is. A run that gets through goes `initializing`, `checking_budget`, `running` (again for each round of tools), `evaluating`, `completed`;
 * one that does not ends with `error` from wherever it was.
 */
export type ProgressStatus = "initializing" | "checking_budget" | "running" | "evaluating" | "completed" | "error";

/** One step of a run, for people to read. */
export interface ProgressEvent {
  readonly type: "progress";
  readonly status: ProgressStatus;
  readonly message: string;
  /** ISO 8601. */
  readonly at: string;
  readonly requestId: string;
}
