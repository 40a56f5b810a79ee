import { throwIfAborted } from "../../errors/index.ts";
import {
  type AgentKey,
  agentResource,
  type ClaimParams,
  type ClaimResult,
  type Lease,
  type LeaseStore,
} from "../contract/index.ts";
import { assertLeaseTime, leaseLost } from "../rules/index.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { LEASE_COLUMNS, leaseFrom, number } from "./records.ts";
import { rowOf, type SqlRow, type SqlStatement, type SqlWork } from "./work.ts";

/** Until the first look of a wait that began with a lease that was met a moment ago: word of its release may have come in that moment. */
const FIRST_LOOK_MS = 40;

export class SqlLeases implements LeaseStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async claim(params: ClaimParams): Promise<ClaimResult> {
    assertLeaseTime(params.ttlMs);
    // One id per claim: if the answer is lost, the same claim finds its own lease again instead of waiting for it to run out.
    const claimId = this.#connection.runtime.newId();
    return await this.#connection.repeatable(() => claim(this.#connection.dialect, params, claimId));
  }

  async renew(params: { readonly lease: Lease; readonly ttlMs: number }): Promise<Lease> {
    assertLeaseTime(params.ttlMs);
    const { lease, ttlMs } = params;
    const row = await this.#connection.repeatable(() => renew(this.#connection.dialect, lease, ttlMs));
    if (row === undefined) throw leaseLost(lease);
    return { ...lease, expiresAt: number(row.expires_at) };
  }

  async release(params: { readonly lease: Lease }): Promise<void> {
    const { lease } = params;
    const { dialect, driver } = this.#connection;
    await this.#connection.repeatable(function* () {
      const { text, values } = dialect.announcing(release(dialect, lease), lease.resource);
      yield* rowOf(text, values);
    });
    driver.changes.wake(lease.resource);
  }

  async get(params: { readonly resource: string }): Promise<Lease | undefined> {
    const row = await this.#connection.read(() => selectHeld(this.#connection.dialect, params.resource));
    return row === undefined ? undefined : leaseFrom(row, params.resource);
  }

  async waitForChange(params: Parameters<LeaseStore["waitForChange"]>[0]): Promise<void> {
    const connection = this.#connection;
    throwIfAborted(params.signal);
    await connection.open();
    const { changes } = connection.driver;
    const signals = [connection.closing, ...(params.signal === undefined ? [] : [params.signal])];
    const deadline = connection.runtime.monotonic() + params.timeoutMs;
    // Listen first, look then: a change between the two is not missed.
    using listening = changes.listen(params.resource);
    let fence = params.seen?.fence;
    if (fence !== undefined && changes.restMs > 0)
      await listening.rest(Math.min(changes.restMs, params.timeoutMs), signals);
    const firstMs = Math.min(FIRST_LOOK_MS, changes.firstPollMs, params.timeoutMs);
    let isWoken = fence !== undefined && (await listening.next(firstMs, signals));
    let pollMs = changes.firstPollMs;
    for (;;) {
      if (isWoken && changes.tellsReleases) return;
      if (isWoken) pollMs = changes.toldPollMs;
      const held = await connection.read(() => selectHeld(connection.dialect, params.resource));
      for (const signal of signals) throwIfAborted(signal);
      if (held === undefined || (fence !== undefined && fence !== number(held.fence))) return;
      fence = number(held.fence);
      const leftMs = deadline - connection.runtime.monotonic();
      if (leftMs <= 0) return;
      isWoken = await listening.next(Math.min(pollMs, leftMs, Math.max(1, number(held.left_ms))), signals);
      pollMs = Math.min(Math.max(pollMs * 2, changes.firstPollMs), changes.maxPollMs);
    }
  }
}

/** Refuses the transaction unless this lease of the agent holds now, and keeps it from passing to another until the transaction ends. */
export function* assertLease(dialect: SqlDialect, lease: Lease, key: AgentKey): SqlWork<void> {
  if (lease.resource !== agentResource(key)) throw leaseLost(lease);
  const row = yield* rowOf(
    `SELECT fence FROM ${dialect.table("leases")}
     WHERE resource = $1 AND fence = $2 AND holder_id = $3 AND expires_at > ${dialect.now}${dialect.forUpdate}`,
    [lease.resource, lease.fence, lease.holder.id],
  );
  if (row === undefined) throw leaseLost(lease);
}

function* claim(dialect: SqlDialect, params: ClaimParams, claimId: string): SqlWork<ClaimResult> {
  const { resource } = params;
  for (;;) {
    const claimed = yield* upsertClaim(dialect, params, claimId);
    if (claimed !== undefined) return { outcome: "claimed", lease: leaseFrom(claimed, resource) };
    const held = yield* selectHeld(dialect, resource);
    if (held !== undefined && number(held.left_ms) <= number(held.ttl_ms))
      return { outcome: "held", lease: leaseFrom(held, resource) };
    if (held !== undefined) yield* shorten(dialect, resource);
    // Given back or run out between the two statements: it is free.
  }
}

/**
 * More is left of the lease than it was asked for: the clock was set back. From now on it has its whole time once more, which is enough for a living holder to
 * renew it; without this a dead one would keep it for as long as the clock went back.
 */
function shorten(dialect: SqlDialect, resource: string): SqlWork<SqlRow | undefined> {
  return rowOf(
    `UPDATE ${dialect.table("leases")} SET expires_at = ${dialect.now} + ttl_ms
     WHERE resource = $1 AND expires_at > ${dialect.now} + ttl_ms RETURNING expires_at`,
    [resource],
  );
}

function upsertClaim(dialect: SqlDialect, params: ClaimParams, claimId: string): SqlWork<SqlRow | undefined> {
  const { resource, holder, ttlMs, takeFrom } = params;
  return rowOf(
    `INSERT INTO ${dialect.table("leases")} AS l (resource, fence, holder_id, holder_host, holder_pid, claim_id, expires_at, ttl_ms)
     SELECT $1, 1, $2, $3, $4, $5, ${dialect.now} + $6, $6
     WHERE NOT EXISTS (SELECT 1 FROM ${dialect.table("leases")} h WHERE h.resource = $1 AND h.expires_at > ${dialect.now}
       AND h.claim_id <> $5 AND (h.fence IS DISTINCT FROM $7 OR h.holder_id IS DISTINCT FROM $8))
     ON CONFLICT (resource) DO UPDATE SET
       fence = CASE WHEN l.claim_id = excluded.claim_id THEN l.fence ELSE l.fence + 1 END,
       holder_id = excluded.holder_id, holder_host = excluded.holder_host, holder_pid = excluded.holder_pid,
       claim_id = excluded.claim_id, expires_at = excluded.expires_at, ttl_ms = excluded.ttl_ms
     WHERE l.expires_at <= ${dialect.now} OR l.claim_id = excluded.claim_id OR (l.fence = $7 AND l.holder_id = $8)
     RETURNING ${LEASE_COLUMNS}`,
    [
      resource,
      holder.id,
      holder.host,
      holder.pid,
      claimId,
      ttlMs,
      takeFrom?.fence ?? null,
      takeFrom?.holder.id ?? null,
    ],
  );
}

function renew(dialect: SqlDialect, lease: Lease, ttlMs: number): SqlWork<SqlRow | undefined> {
  return rowOf(
    `UPDATE ${dialect.table("leases")} SET expires_at = ${dialect.now} + $4, ttl_ms = $4
     WHERE resource = $1 AND fence = $2 AND holder_id = $3 AND expires_at > ${dialect.now} RETURNING expires_at`,
    [lease.resource, lease.fence, lease.holder.id, ttlMs],
  );
}

function release(dialect: SqlDialect, lease: Lease): SqlStatement {
  const text = `UPDATE ${dialect.table("leases")} SET expires_at = 0, claim_id = ''
     WHERE resource = $1 AND fence = $2 AND holder_id = $3 AND expires_at > 0 RETURNING resource`;
  return { text, values: [lease.resource, lease.fence, lease.holder.id] };
}

function selectHeld(dialect: SqlDialect, resource: string): SqlWork<SqlRow | undefined> {
  return rowOf(
    `SELECT ${LEASE_COLUMNS}, ttl_ms, expires_at - ${dialect.now} AS left_ms FROM ${dialect.table("leases")}
     WHERE resource = $1 AND expires_at > ${dialect.now}`,
    [resource],
  );
}
