import type { ProcessIdentity } from "./records.ts";

/** Signs of life. They serve to notice a death early, never for exclusion: that is the lease's. */
export interface ProcessStore {
  /** Announces this process and starts whatever sign of life the registry has. Twice is fine. */
  register(params: { readonly process: ProcessIdentity }): Promise<void>;
  /** Withdraws it: it counts as dead, for others at the latest 250 ms from now. */
  unregister(params: { readonly processId: string }): Promise<void>;
  /** `true` only if the process withdrew or is gone as far as anybody can see. `false` when it lives or nothing is known. May take some 50 ms to be sure. */
  isDead(params: { readonly process: ProcessIdentity }): Promise<boolean>;
}
