import { TenureError } from "../../errors/index.ts";
import type { ClaimResult, Lease } from "../../registry/contract/index.ts";
import type { Timer } from "../../runtime/index.ts";
import type { Deadline } from "../deadline.ts";
import type { ProtocolContext } from "./context.ts";

/** Longest single wait for a lease before its holder is looked at again: bounds the cost of a lost wake-up. */
const LONGEST_WAIT_MS = 5_000;
/** How often a waiter looks whether the holder still lives: part of the 100 ms within which a death is to be noticed, PostgreSQL taking 50 to be sure. */
const LOOK_MS = 25;

/** Ends the sleep between two looks: made once, since an error costs more than the look. */
const OVER = new TenureError("aborted", "The wait for a lease is over.");

/** A lease as it was granted. */
interface Claimed {
  readonly lease: Lease;
  /** When it was asked for, by the monotonic clock. */
  readonly askedAt: number;
}

/** A lease that this process holds and keeps renewing until it is released or lost. */
export class HeldLease {
  readonly #context: ProtocolContext;
  readonly #leave: () => void;
  #lease: Lease;
  /** By the monotonic clock: counted from before the question, so that it ends no later than the registry's own. */
  #heldUntil: number;
  #timer: Timer | undefined;
  #ended = false;

  constructor(context: ProtocolContext, claimed: Claimed, leave: () => void) {
    this.#context = context;
    this.#lease = claimed.lease;
    this.#heldUntil = claimed.askedAt + context.options.leaseMs;
    this.#leave = leave;
    this.#renewLater();
  }

  /** What fenced writes show. It may have passed on meanwhile: the registry decides. */
  get lease(): Lease {
    return this.#lease;
  }

  /**
   * Nobody had it before: the registry knows nothing of the agent, and nobody has begun anything, since all that is written of an agent is written under a
   * lease, and fences count on for ever.
   */
  get isFirst(): boolean {
    return this.#lease.fence === 1;
  }

  /**
   * Throws `lease_lost` if it may have run out. The registry refuses stale owners by the fence, the service cannot: before a write there this is the last look,
   * so that a process that was stalled does not go on where it stopped.
   */
  assertHeld(): void {
    if (this.#context.options.runtime.monotonic() < this.#heldUntil) return;
    const { resource, fence } = this.#lease;
    throw new TenureError("lease_lost", `The lease ${fence} of ${resource} was not renewed in time.`, {
      details: { resource, fence },
    });
  }

  /** Gives it back. A failure is not reported: the lease then ends by itself. */
  async release(): Promise<void> {
    this.#ended = true;
    this.#timer?.cancel();
    try {
      await this.#context.options.registry.leases.release({ lease: this.#lease });
    } catch {
      // The expiry is the fallback for exactly this.
    } finally {
      this.#leave();
    }
  }

  #renewLater(): void {
    const { runtime, leaseMs } = this.#context.options;
    this.#timer = runtime.setTimer(Math.floor(leaseMs / 3), () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { registry, runtime, leaseMs } = this.#context.options;
    const askedAt = runtime.monotonic();
    try {
      const renewed = await registry.leases.renew({ lease: this.#lease, ttlMs: leaseMs });
      if (this.#ended) return;
      this.#lease = renewed;
      this.#heldUntil = askedAt + leaseMs;
    } catch (thrown) {
      if (TenureError.from(thrown).code === "lease_lost") {
        this.#heldUntil = 0;
        return;
      }
    }
    if (!this.#ended) this.#renewLater();
  }
}

/** One try for the lease: held, or the news that the world may have changed and the caller should look again. */
export async function claimOrWait(
  context: ProtocolContext,
  params: Claiming & { readonly deadline: Deadline },
): Promise<HeldLease | undefined> {
  const { runtime } = context.options;
  // Whoever waits for its turn has seen a lease that may be given back by then.
  const seen = context.locks.isFree(params.resource) ? params.seen : undefined;
  const leave = await context.locks.enter(params.resource, params.deadline.signal);
  try {
    params.deadline.check();
    const waitFrom = runtime.monotonic();
    const claimed = await claim(context, { ...params, seen });
    if (claimed !== undefined) return new HeldLease(context, claimed, leave);
    context.emit({ type: "lease.waited", agentName: params.agentName, waitMs: runtime.monotonic() - waitFrom });
  } catch (thrown) {
    leave();
    throw thrown;
  }
  leave();
  return undefined;
}

/** One try, which waits for nobody but this process's own flows, until the signal fires: `undefined` when somebody living has it. */
export async function claimNow(
  context: ProtocolContext,
  resource: string,
  agentName: string,
  signal: AbortSignal | undefined,
): Promise<HeldLease | undefined> {
  const leave = await context.locks.enter(resource, signal);
  try {
    const claimed = await claim(context, { resource, agentName });
    if (claimed !== undefined) return new HeldLease(context, claimed, leave);
  } catch (thrown) {
    leave();
    throw thrown;
  }
  leave();
  return undefined;
}

/** What one try is for. With a deadline it waits for the holder, at most that long. */
interface Claiming {
  readonly resource: string;
  readonly agentName: string;
  readonly deadline?: Deadline;
  /** The lease that somebody had a moment ago: then there is no need to ask for it first. */
  readonly seen?: Lease | undefined;
}

async function claim(context: ProtocolContext, params: Claiming): Promise<Claimed | undefined> {
  const { registry, runtime, leaseMs } = context.options;
  const { resource, agentName } = params;
  const askedAt = runtime.monotonic();
  const request = { resource, holder: context.process, ttlMs: leaseMs };
  const { seen } = params;
  // This process's own was granted by an answer that got lost: the claim finds that out.
  const isOthers = seen !== undefined && seen.holder.id !== context.process.id;
  const first: ClaimResult = isOthers ? { outcome: "held", lease: seen } : await registry.leases.claim(request);
  if (first.outcome === "claimed") return { lease: first.lease, askedAt };
  const held = first.lease;
  // Inside the process's own lock nobody else of this process holds it: the answer to an earlier claim was lost.
  const orphaned = held.holder.id === context.process.id || (await isHolderDead(context, params, held));
  if (!orphaned) return undefined;
  const retriedAt = runtime.monotonic();
  const second = await registry.leases.claim({ ...request, takeFrom: held });
  if (second.outcome !== "claimed") return undefined;
  if (held.holder.id !== context.process.id) context.emit({ type: "lease.taken", agentName, from: held.holder.id });
  return { lease: second.lease, askedAt: retriedAt };
}

/**
 * Whether the holder is gone. With a deadline: waits until that shows or the lease has changed hands, whichever is first. Nobody asks at once: seven waiters
 * that did would take the processor from the holder.
 */
async function isHolderDead(context: ProtocolContext, params: Claiming, held: Lease): Promise<boolean> {
  const { registry, runtime } = context.options;
  const { resource, deadline } = params;
  const look = (): Promise<boolean> => registry.processes.isDead({ process: held.holder });
  if (deadline === undefined) return look();
  const over = new AbortController();
  const { signal } = over;
  const onAbort = (): void => over.abort(deadline.signal.reason);
  if (deadline.signal.aborted) onAbort();
  deadline.signal.addEventListener("abort", onAbort, { once: true });
  const timeoutMs = Math.min(LONGEST_WAIT_MS, deadline.remainingMs);
  const changed = registry.leases.waitForChange({ resource, timeoutMs, seen: held, signal }).then(() => false);
  const watch = async (): Promise<boolean> => {
    do await runtime.sleep(LOOK_MS, { signal });
    while (!(await look()));
    return true;
  };
  const died = watch();
  // Whichever comes second is nobody's any more.
  for (const promise of [changed, died]) promise.catch(() => undefined);
  try {
    return await Promise.race([changed, died]);
  } finally {
    deadline.signal.removeEventListener("abort", onAbort);
    over.abort(OVER);
  }
}
