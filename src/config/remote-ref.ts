/** What the service calls a revision. */
export interface RemoteRef {
  readonly id: string;
  readonly name: string;
  /** Absent where the service has no versions. */
  readonly version?: string | undefined;
}
