import { TenureError, throwIfAborted } from "../../errors/index.ts";
import type { AgentManager } from "../../manager/index.ts";
import type { Lease } from "../../registry/contract/index.ts";
import type { Timer } from "../../runtime/index.ts";

/** How long a session stays locked after its process died without a trace. */
const LEASE_MS = 30_000;
const RENEW_MS = LEASE_MS / 3;
/** By so much the holder's own end comes before the registry's: a request that was begun just before it still gets there. */
const MARGIN_MS = 2_000;
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

/** A lease as it was granted. */
interface Claimed {
  readonly lease: Lease;
  /** When it was asked for, by the monotonic clock. */
  readonly askedAt: number;
}

/**
 * The exclusive right to a session, among all processes of the registry. It is renewed until it is released, and lost once it could not be renewed in time:
 * `onLost` is called then, whatever kept the renewals (a registry that does not answer, a process that stood still). `claim` rejects with
 * `session_busy` when another process keeps the session for longer than `waitMs`.
 */
export class SessionLease implements AsyncDisposable {
  readonly #claim: SessionClaim;
  #lease: Lease;
  /** By the monotonic clock: counted from before the question, so that it ends no later than the registry's own. */
  #heldUntil: number;
  #renewal: Timer;
  #end: Timer;
  #isOver = false;

  private constructor(claim: SessionClaim, { lease, askedAt }: Claimed) {
    this.#claim = claim;
    this.#lease = lease;
    this.#heldUntil = askedAt + LEASE_MS - MARGIN_MS;
    this.#renewal = this.#renewLater();
    this.#end = this.#endLater();
  }

  static async claim(claim: SessionClaim): Promise<SessionLease> {
    return new SessionLease(claim, await waitForLease(claim));
  }

  /** Whether nobody else can have the session. */
  get isHeld(): boolean {
    return this.#claim.manager.runtime.monotonic() < this.#heldUntil;
  }

  /**
   * Throws `lease_lost` if the lease may have run out. The service knows nothing of leases: this is the last look before something is asked of it, so that a
   * process that stood still does not go on where it stopped.
   */
  assertHeld(): void {
    if (!this.isHeld) throw lost(this.#claim);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    try {
      await this.#claim.manager.registry.leases.release({ lease: this.#lease });
    } catch {
      // It runs out by itself; what the run came to must not depend on it.
    }
  }

  async #renew(): Promise<void> {
    const { registry, runtime } = this.#claim.manager;
    const askedAt = runtime.monotonic();
    try {
      const renewed = await registry.leases.renew({ lease: this.#lease, ttlMs: LEASE_MS });
      if (this.#isOver) return;
      this.#lease = renewed;
      this.#heldUntil = askedAt + LEASE_MS - MARGIN_MS;
      this.#end.cancel();
      this.#end = this.#endLater();
    } catch (thrown) {
      const error = TenureError.from(thrown);
      // A registry that does not answer is asked again, as long as the lease lasts.
      if (!error.retryable || error.code === "lease_lost") this.#lose(error);
    }
    if (!this.#isOver) this.#renewal = this.#renewLater();
  }

  #renewLater(): Timer {
    return this.#claim.manager.runtime.setTimer(RENEW_MS, () => void this.#renew());
  }

  #endLater(): Timer {
    const { runtime } = this.#claim.manager;
    return runtime.setTimer(Math.max(0, this.#heldUntil - runtime.monotonic()), () => this.#lose(lost(this.#claim)));
  }

  #lose(error: TenureError): void {
    if (this.#isOver) return;
    this.#stop();
    this.#heldUntil = Number.NEGATIVE_INFINITY;
    this.#claim.onLost(error);
  }

  #stop(): void {
    this.#isOver = true;
    this.#renewal.cancel();
    this.#end.cancel();
  }
}

async function waitForLease(claim: SessionClaim): Promise<Claimed> {
  const { manager, resource, waitMs, signal } = claim;
  const { leases, processes } = manager.registry;
  const { runtime } = manager;
  const until = runtime.monotonic() + waitMs;
  const request = { resource, holder: manager.process, ttlMs: LEASE_MS };
  for (;;) {
    throwIfAborted(signal);
    let askedAt = runtime.monotonic();
    const tried = await leases.claim(request);
    if (tried.outcome === "claimed") return { lease: tried.lease, askedAt };
    if (await processes.isDead({ process: tried.lease.holder })) {
      askedAt = runtime.monotonic();
      const taken = await leases.claim({ ...request, takeFrom: tried.lease });
      if (taken.outcome === "claimed") return { lease: taken.lease, askedAt };
    }
    const leftMs = until - runtime.monotonic();
    if (leftMs <= 0) throw busy(claim, tried.lease);
    await leases.waitForChange({ resource, timeoutMs: Math.ceil(Math.min(leftMs, LOOK_AGAIN_MS)), signal });
  }
}

function lost({ sessionId }: SessionClaim): TenureError {
  return new TenureError(
    "lease_lost",
    `The right to session ${JSON.stringify(sessionId)} was not renewed in time: another process may be running it.`,
    { details: { sessionId } },
  );
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
