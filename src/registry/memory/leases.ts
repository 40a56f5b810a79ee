import type { ClaimParams, ClaimResult, Lease, LeaseStore } from "../contract/index.ts";
import { assertLeaseTime, leaseLost } from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";
import { copyRecord } from "./copy.ts";

export class MemoryLeases implements LeaseStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  claim(params: ClaimParams): Promise<ClaimResult> {
    return this.#connection.run(() => {
      assertLeaseTime(params.ttlMs);
      const held = this.#connection.heldLease(params.resource);
      const { takeFrom } = params;
      const isTaken = held !== undefined && takeFrom?.fence === held.fence && takeFrom.holder.id === held.holder.id;
      if (held !== undefined && !isTaken) return { outcome: "held", lease: held };
      return { outcome: "claimed", lease: this.#write(params, this.#lastFence(params.resource) + 1) };
    });
  }

  renew(params: { readonly lease: Lease; readonly ttlMs: number }): Promise<Lease> {
    return this.#connection.run(() => {
      assertLeaseTime(params.ttlMs);
      if (!this.#isHeld(params.lease)) throw leaseLost(params.lease);
      return this.#write({ ...params.lease, ttlMs: params.ttlMs }, params.lease.fence);
    });
  }

  release(params: { readonly lease: Lease }): Promise<void> {
    return this.#connection.run(() => {
      if (!this.#isHeld(params.lease)) return;
      const { leases, waiters } = this.#connection.store;
      // The row stays with its fence, so that the next claim counts on.
      leases.set(params.lease.resource, copyRecord({ ...params.lease, expiresAt: 0 }));
      waiters.wake(params.lease.resource);
    });
  }

  get(params: { readonly resource: string }): Promise<Lease | undefined> {
    return this.#connection.run(() => this.#connection.heldLease(params.resource));
  }

  async waitForChange(params: {
    readonly resource: string;
    readonly timeoutMs: number;
    readonly seen?: Lease | undefined;
    readonly signal?: AbortSignal | undefined;
  }): Promise<void> {
    const connection = this.#connection;
    connection.assertOpen();
    const held = connection.heldLease(params.resource);
    if (held === undefined || (params.seen !== undefined && params.seen.fence !== held.fence)) return;
    using listening = connection.store.waiters.listen(params.resource, connection.runtime);
    const signals = [connection.closing, ...(params.signal === undefined ? [] : [params.signal])];
    await listening.next(Math.max(0, Math.min(params.timeoutMs, held.expiresAt - connection.now())), signals);
  }

  #write(params: Pick<ClaimParams, "resource" | "holder" | "ttlMs">, fence: number): Lease {
    const { resource, holder, ttlMs } = params;
    const lease = copyRecord<Lease>({ resource, holder, fence, expiresAt: this.#connection.now() + ttlMs });
    this.#connection.store.leases.set(resource, lease);
    return lease;
  }

  #isHeld(lease: Lease): boolean {
    const held = this.#connection.heldLease(lease.resource);
    return held?.fence === lease.fence && held.holder.id === lease.holder.id;
  }

  #lastFence(resource: string): number {
    return this.#connection.store.leases.get(resource)?.fence ?? 0;
  }
}
