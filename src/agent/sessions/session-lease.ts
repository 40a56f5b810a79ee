import { TenureError, throwIfAborted } from "../../errors/index.ts";
import type { AgentManager } from "../../manager/index.ts";
import type { Lease } from "../../registry/contract/index.ts";

/** How long a session stays locked after its process died without a trace. */
const LEASE_MS = 30_000;
const RENEW_MS = LEASE_MS / 3;
/** Another process's release may go unnoticed (a registry without wake-ups): look again after this. */
const LOOK_AGAIN_MS = 250;

/** Whose session, and how long to wait for it. */
export interface SessionClaim {
  readonly manager: AgentManager;
  readonly resource: string;
  readonly sessionId: string;
  /** 0: do not wait. */
  readonly waitMs: number;
  readonly signal: AbortSignal;
  /** Called when the lease is lost while it was needed: the run must write nothing more. */
  readonly onLost: (error: TenureError) => void;
}

/**
 * The exclusive right to a session, among all processes of the registry. It is renewed until it is released. Rejects with `session_busy` when another
 * process keeps it for longer than `waitMs`.
 */
export class SessionLease implements AsyncDisposable {
  readonly #claim: SessionClaim;
  readonly #ended = new AbortController();
  readonly #renewing: Promise<void>;
  #lease: Lease;

  private constructor(claim: SessionClaim, lease: Lease) {
    this.#claim = claim;
    this.#lease = lease;
    this.#renewing = this.#renew();
  }

  static async claim(claim: SessionClaim): Promise<SessionLease> {
    return new SessionLease(claim, await waitForLease(claim));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#renewing;
    try {
      await this.#claim.manager.registry.leases.release({ lease: this.#lease });
    } catch {
      // It runs out by itself; what the run came to must not depend on it.
    }
  }

  async #renew(): Promise<void> {
    const { manager, onLost } = this.#claim;
    for (;;) {
      try {
        await manager.runtime.sleep(RENEW_MS, { signal: this.#ended.signal });
      } catch {
        return;
      }
      try {
        this.#lease = await manager.registry.leases.renew({ lease: this.#lease, ttlMs: LEASE_MS });
      } catch (thrown) {
        const error = TenureError.from(thrown);
        // A registry that does not answer is asked again: two more tries fit into the lease.
        if (error.retryable && error.code !== "lease_lost") continue;
        onLost(error);
        return;
      }
    }
  }
}

async function waitForLease(claim: SessionClaim): Promise<Lease> {
  const { manager, resource, waitMs, signal } = claim;
  const { leases, processes } = manager.registry;
  const until = manager.runtime.monotonic() + waitMs;
  for (;;) {
    throwIfAborted(signal);
    const tried = await leases.claim({ resource, holder: manager.process, ttlMs: LEASE_MS });
    if (tried.outcome === "claimed") return tried.lease;
    if (await processes.isDead({ process: tried.lease.holder })) {
      const taken = await leases.claim({ resource, holder: manager.process, ttlMs: LEASE_MS, takeFrom: tried.lease });
      if (taken.outcome === "claimed") return taken.lease;
    }
    const leftMs = until - manager.runtime.monotonic();
    if (leftMs <= 0) throw busy(claim, tried.lease);
    await leases.waitForChange({ resource, timeoutMs: Math.ceil(Math.min(leftMs, LOOK_AGAIN_MS)), signal });
  }
}

function busy({ sessionId, waitMs }: SessionClaim, lease: Lease): TenureError {
  const { host, pid } = lease.holder;
  return new TenureError(
    "session_busy",
    `Process ${pid} on ${host} is running session ${JSON.stringify(sessionId)}; waited ${waitMs} ms.`,
    {
      retryable: true,
      details: { sessionId, host, pid },
    },
  );
}
