import type { ProcessIdentity } from "./records.ts";

/** The exclusive right to change one resource. Hold it in memory only; every fenced write shows it. */
export interface Lease {
  readonly resource: string;
  readonly holder: ProcessIdentity;
  /** 1 for the first claim of the resource there ever was; grows with every claim and never repeats, also after release. */
  readonly fence: number;
  /** By the registry's clock, epoch milliseconds. */
  readonly expiresAt: number;
}

export type ClaimResult =
  | { readonly outcome: "claimed"; readonly lease: Lease }
  /** Somebody else has it: `lease` is theirs. */
  | { readonly outcome: "held"; readonly lease: Lease };

export interface ClaimParams {
  readonly resource: string;
  readonly holder: ProcessIdentity;
  /** 1,000 to 3,600,000. */
  readonly ttlMs: number;
  /** Take it although it has not run out, if it is still this very lease: for a holder that is known to be dead. */
  readonly takeFrom?: Lease | undefined;
}

/**
 * Leases, with expiry by the registry's clock alone.
 *
 * A lease is valid until `expiresAt`; claiming one that ran out gives it a higher fence. A process claiming what it holds itself is told `held`:
 * leases are not reentrant.
 */
export interface LeaseStore {
  /** At once, without waiting for the holder. `invalid_option` if `ttlMs` is out of range. */
  claim(params: ClaimParams): Promise<ClaimResult>;
  /** Prolongs from now; the fence stays. Rejects with `lease_lost` if the lease ran out, was released or passed on. */
  renew(params: { readonly lease: Lease; readonly ttlMs: number }): Promise<Lease>;
  /** Gives it back at once. Does nothing if it is no longer held. Wakes waiters. */
  release(params: { readonly lease: Lease }): Promise<void>;
  /** The lease that is held now, if any. */
  get(params: { readonly resource: string }): Promise<Lease | undefined>;
  /**
   * Resolves when the resource may have changed hands, at the latest after `timeoutMs`. May resolve for no reason: callers look again.
   * Rejects with `aborted` or `timeout` when the signal fires.
   */
  waitForChange(params: {
    readonly resource: string;
    readonly timeoutMs: number;
    /** The lease as it was met a moment ago: spares the look with which the wait would begin. */
    readonly seen?: Lease | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void>;
}
