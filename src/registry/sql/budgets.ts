import type { BudgetBalance, BudgetStore, OpenReservation, ReserveResult } from "../contract/index.ts";
import { assertAmount, assertReservation, compareText, RESERVATION_MEMORY_MS } from "../rules/index.ts";
import type { SqlConnection } from "./connection.ts";
import type { SqlDialect } from "./dialect.ts";
import { number, text } from "./records.ts";
import { Where } from "./where.ts";
import { rowOf, rowsOf, type SqlRow, type SqlWork } from "./work.ts";

type ReserveParams = Parameters<BudgetStore["reserve"]>[0];
type SettleParams = Parameters<BudgetStore["settle"]>[0];

/** Every method may be repeated: a reservation is known by its id, in whatever state. */
export class SqlBudgets implements BudgetStore {
  readonly #connection: SqlConnection;

  constructor(connection: SqlConnection) {
    this.#connection = connection;
  }

  async reserve(params: ReserveParams): Promise<ReserveResult> {
    assertReservation(params);
    return await this.#connection.transaction(() => reserve(this.#connection.dialect, params), true);
  }

  async settle(params: SettleParams): Promise<void> {
    for (const { amount } of params.entries) assertAmount(amount);
    await this.#connection.transaction(() => settle(this.#connection.dialect, params), true);
  }

  async release(params: { readonly reservationId: string }): Promise<void> {
    const { dialect } = this.#connection;
    await this.#connection.transaction(() => release(dialect, params.reservationId), true);
  }

  async get(params: { readonly accounts: readonly string[] }): Promise<readonly BudgetBalance[]> {
    return await this.#connection.read(() => selectBalances(this.#connection.dialect, params.accounts));
  }

  async listOpen(params: { readonly accounts: readonly string[] }): Promise<readonly OpenReservation[]> {
    const rows = await this.#connection.read(() => selectOpen(this.#connection.dialect, params.accounts));
    return rows.map((row) => ({
      reservationId: text(row.id),
      holder: { id: text(row.holder_id), host: text(row.holder_host), pid: number(row.holder_pid) },
      expiresAt: number(row.expires_at),
    }));
  }

  async delete(params: { readonly endedBefore: number }): Promise<number> {
    return await this.#connection.transaction(() => forget(this.#connection.dialect, params.endedBefore), true);
  }
}

function* reserve(dialect: SqlDialect, params: ReserveParams): SqlWork<ReserveResult> {
  const accounts = params.entries.map(({ account }) => account);
  yield* lockAccounts(dialect, params.entries);
  const known = yield* rowOf(`SELECT state FROM ${dialect.table("reservations")} WHERE id = $1`, [
    params.reservationId,
  ]);
  const before = yield* selectBalances(dialect, accounts);
  if (known?.state === "open") return { outcome: "reserved", balances: before };
  const exceeded = params.entries.filter(({ amount, limit }, index) => {
    const balance = before[index];
    return limit !== null && balance !== undefined && balance.used + balance.reserved + amount > limit;
  });
  if (exceeded.length > 0) {
    return { outcome: "refused", balances: before, exceeded: exceeded.map(({ account }) => account) };
  }
  yield* insertReservation(dialect, params);
  // The accounts are locked, so nobody else has reserved meanwhile.
  const balances = before.map((balance, index) => ({
    ...balance,
    reserved: balance.reserved + (params.entries[index]?.amount ?? 0n),
  }));
  return { outcome: "reserved", balances };
}

function* settle(dialect: SqlDialect, params: SettleParams): SqlWork<void> {
  yield* lockAccounts(dialect, params.entries);
  if ((yield* settleReservation(dialect, params.reservationId)) === undefined) return;
  yield* forgetEntries(dialect, params.reservationId);
  for (const { account, amount } of params.entries) {
    yield* rowsOf(
      `UPDATE ${dialect.table("budgets")} SET used = used + CAST($2 AS ${dialect.types.cost}) WHERE account = $1`,
      [account, String(amount)],
    );
  }
}

/** Makes the accounts that are missing and holds them all, in one order for everybody, so that nobody waits in a circle. */
function* lockAccounts(
  dialect: SqlDialect,
  entries: readonly { readonly account: string; readonly endsAt: number | null }[],
): SqlWork<void> {
  const sorted = [...entries].sort((left, right) => compareText(left.account, right.account));
  const fields = { account: "text", ends_at: "integer" } as const;
  yield* rowsOf(
    `INSERT INTO ${dialect.table("budgets")} (account, used, ends_at)
     SELECT account, 0, ends_at FROM ${dialect.rowsOf("$1", fields)} d WHERE 1 = 1 ORDER BY account ON CONFLICT (account) DO NOTHING`,
    [JSON.stringify(sorted.map(({ account, endsAt }) => ({ account, ends_at: endsAt })))],
  );
  if (sorted.length === 0) return;
  const where = new Where();
  where.isOneOf(
    "account",
    sorted.map(({ account }) => account),
  );
  yield* rowsOf(
    `SELECT account FROM ${dialect.table("budgets")} ${where.toString()} ORDER BY account${dialect.forUpdate}`,
    where.values,
  );
}

function* insertReservation(dialect: SqlDialect, params: ReserveParams): SqlWork<void> {
  const { reservationId, holder, ttlMs } = params;
  yield* rowsOf(
    `INSERT INTO ${dialect.table("reservations")} (id, state, expires_at, holder_id, holder_host, holder_pid)
     VALUES ($1, 'open', ${dialect.now} + $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at,
       holder_id = excluded.holder_id, holder_host = excluded.holder_host, holder_pid = excluded.holder_pid`,
    [reservationId, ttlMs, holder.id, holder.host, holder.pid],
  );
  yield* rowsOf(
    `INSERT INTO ${dialect.table("reserved")} (reservation_id, account, amount)
     SELECT d.reservation_id, d.account, d.amount FROM ${dialect.rowsOf("$1", { reservation_id: "text", account: "text", amount: "cost" })} d`,
    [
      JSON.stringify(
        params.entries.map(({ account, amount }) => ({
          reservation_id: reservationId,
          account,
          amount: String(amount),
        })),
      ),
    ],
  );
}

/** No row if it was settled before. One that is not known is remembered too, so that a repeated settlement counts once. */
function settleReservation(dialect: SqlDialect, id: string): SqlWork<SqlRow | undefined> {
  return rowOf(
    `INSERT INTO ${dialect.table("reservations")} AS r (id, state, expires_at, holder_id, holder_host, holder_pid)
     VALUES ($1, 'settled', ${dialect.now}, '', '', 0)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state WHERE r.state <> excluded.state RETURNING id`,
    [id],
  );
}

function* release(dialect: SqlDialect, id: string): SqlWork<void> {
  const row = yield* rowOf(
    `UPDATE ${dialect.table("reservations")} SET state = 'released' WHERE id = $1 AND state = 'open' RETURNING id`,
    [id],
  );
  if (row !== undefined) yield* forgetEntries(dialect, id);
}

function forgetEntries(dialect: SqlDialect, id: string): SqlWork<readonly SqlRow[]> {
  return rowsOf(`DELETE FROM ${dialect.table("reserved")} WHERE reservation_id = $1`, [id]);
}

function* selectBalances(dialect: SqlDialect, accounts: readonly string[]): SqlWork<readonly BudgetBalance[]> {
  const asked = JSON.stringify(accounts.map((account) => ({ account })));
  const rows = yield* rowsOf(
    `SELECT d.account, CAST(coalesce(b.used, 0) AS TEXT) AS used, CAST(coalesce((
       SELECT sum(e.amount) FROM ${dialect.table("reserved")} e
       JOIN ${dialect.table("reservations")} r ON r.id = e.reservation_id AND r.state = 'open' AND r.expires_at > ${dialect.now}
       WHERE e.account = d.account), 0) AS TEXT) AS reserved
     FROM ${dialect.rowsOf("$1", { account: "text" })} d LEFT JOIN ${dialect.table("budgets")} b ON b.account = d.account`,
    [asked],
  );
  const found = new Map(rows.map((row) => [text(row.account), row]));
  return accounts.map((account) => {
    const row = found.get(account);
    return { account, used: BigInt(text(row?.used ?? 0)), reserved: BigInt(text(row?.reserved ?? 0)) };
  });
}

function selectOpen(dialect: SqlDialect, accounts: readonly string[]): SqlWork<readonly SqlRow[]> {
  const where = new Where();
  where.isOneOf("e.account", accounts);
  return rowsOf(
    `SELECT DISTINCT r.id, r.expires_at, r.holder_id, r.holder_host, r.holder_pid
     FROM ${dialect.table("reserved")} e JOIN ${dialect.table("reservations")} r ON r.id = e.reservation_id
     ${where.toString()} AND r.state = 'open' AND r.expires_at > ${dialect.now} ORDER BY r.id`,
    where.values,
  );
}

function* forget(dialect: SqlDialect, endedBefore: number): SqlWork<number> {
  yield* rowsOf(
    `DELETE FROM ${dialect.table("reservations")} WHERE expires_at < ${dialect.now} - ${RESERVATION_MEMORY_MS}`,
  );
  const rows = yield* rowsOf(`DELETE FROM ${dialect.table("budgets")} WHERE ends_at < $1 RETURNING account`, [
    endedBefore,
  ]);
  return rows.length;
}
