import type { Runtime } from "../../runtime/index.ts";
import { type AgentKey, agentResource, type Lease, type NewEvent } from "../contract/index.ts";
import { leaseLost, registryClosed } from "../rules/index.ts";
import { copyRecord } from "./copy.ts";
import type { MemoryStore } from "./store.ts";

/** One process's way to the store: its clock, its end. */
export class MemoryConnection {
  readonly store: MemoryStore;
  readonly runtime: Runtime;
  readonly #closing = new AbortController();

  constructor(store: MemoryStore, runtime: Runtime) {
    this.store = store;
    this.runtime = runtime;
  }

  /** Fires when the connection closes, with the error that waits end with. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  now(): number {
    return this.store.now?.() ?? this.runtime.now();
  }

  /** Runs `work` at once and whole, before anything else can happen in the store. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve) => {
      this.assertOpen();
      resolve(work());
    });
  }

  assertOpen(): void {
    if (this.#closing.signal.aborted) throw registryClosed();
  }

  /** Refuses a write whose lease is not the agent's or not valid now. */
  assertLease(lease: Lease, key: AgentKey): void {
    const held = this.heldLease(lease.resource);
    if (lease.resource !== agentResource(key) || held?.fence !== lease.fence || held.holder.id !== lease.holder.id)
      throw leaseLost(lease);
  }

  heldLease(resource: string): Lease | undefined {
    const lease = this.store.leases.get(resource);
    return lease !== undefined && lease.expiresAt > this.now() ? lease : undefined;
  }

  appendEvents(events: readonly NewEvent[] | undefined): void {
    for (const event of events ?? [])
      this.store.events.push(copyRecord({ ...event, sequence: this.store.nextSequence() }));
  }

  close(): void {
    this.#closing.abort(registryClosed());
  }
}
