import { TenureError } from "../../errors/index.ts";
import type { AgentRegistry, BudgetBalance, BudgetEntry, ReserveResult } from "../../registry/contract/index.ts";
import type { BudgetHandle, StageHost } from "../stages.ts";
import type { AppliedRule } from "./account.ts";
import { RegistryQueues } from "../registry-queues.ts";
import { DeadHolders } from "./dead-holders.ts";
import { Settlements } from "./settlements.ts";

/** What a call uses. `currency` is `null` when its price is not known: then it is not counted in accounts of currency. */
export interface Amounts {
  readonly tokens: bigint;
  readonly currency: bigint | null;
}

/** What came of asking the registry. */
export interface Reservation {
  readonly id: string;
  /** Accounts that would have passed their limit; empty if it was reserved. */
  readonly exceeded: readonly string[];
  readonly balances: ReadonlyMap<string, BudgetBalance>;
  /** What this reservation holds, by account; empty if it was refused. */
  readonly taken: ReadonlyMap<string, bigint>;
}

export interface ReserveParams {
  /** Rules with an account, so none of window `request`. */
  readonly lasting: readonly AppliedRule[];
  readonly amounts: Amounts;
  readonly ttlMs: number;
  /** Whether a rule refuses (else it only counts). */
  readonly isHard: (applied: AppliedRule) => boolean;
}

interface Held {
  readonly registry: AgentRegistry;
  readonly entries: readonly (BudgetEntry & { readonly unit: keyof Amounts })[];
}

const KEEP_ENDED_MS = 40 * 86_400_000;
const TIDY_MS = 6 * 3_600_000;
const TIDY_AGAIN_MS = 60_000;
const MAX_TTL_MS = 86_400_000;

/** The reservations of this process: what is held, what must still be settled, and whose death gives theirs back. */
export class ReservationBook {
  readonly #dead = new DeadHolders();
  readonly #held = new Map<string, Held>();
  readonly #settlements = new RegistryQueues<Settlements>((host, events) => new Settlements(host, events));
  readonly #tidiedAt = new WeakMap<AgentRegistry, number>();

  async reserve(host: StageHost, params: ReserveParams): Promise<Reservation> {
    const id = host.runtime.newId();
    const entries = entriesOf(params);
    if (entries.length === 0) return { id, exceeded: [], balances: new Map(), taken: new Map() };
    await this.#settlements.flush(host.registry);
    this.#tidy(host);
    const ask = (): Promise<ReserveResult> =>
      host.registry.budgets.reserve({
        reservationId: id,
        holder: host.process,
        ttlMs: Math.min(params.ttlMs, MAX_TTL_MS),
        entries,
      });
    let result = await ask();
    // What is used stays so: only where something is held can a dead holder give anything back.
    const held = heldOf(result);
    if (held.length > 0 && (await this.#dead.release(host, held))) result = await ask();
    const balances = new Map(result.balances.map((balance) => [balance.account, balance]));
    if (result.outcome === "refused") return { id, exceeded: result.exceeded, balances, taken: new Map() };
    this.#held.set(id, { registry: host.registry, entries });
    return { id, exceeded: [], balances, taken: new Map(entries.map(({ account, amount }) => [account, amount])) };
  }

  /** Without `used` the whole reservation counts. A settlement that the registry does not take now is kept and tried again: the run has its answer already. */
  async settle(host: StageHost, handle: BudgetHandle, used: Amounts | undefined): Promise<void> {
    const held = this.#held.get(handle.id);
    if (held === undefined) return;
    this.#held.delete(handle.id);
    const entries = held.entries.map(({ account, amount, endsAt, unit }) => ({
      account,
      endsAt,
      // What it really cost is not known: the estimate is the best that is.
      amount: used === undefined ? amount : (used[unit] ?? amount),
    }));
    await this.#settlements.of({ ...host, registry: held.registry }).add({ reservationId: handle.id, entries });
  }

  async release(handle: BudgetHandle): Promise<void> {
    const held = this.#held.get(handle.id);
    if (held === undefined) return;
    this.#held.delete(handle.id);
    // If this fails the reservation runs out by itself.
    await held.registry.budgets.release({ reservationId: handle.id }).catch((thrown: unknown) => {
      if (!(thrown instanceof TenureError)) throw thrown;
    });
  }

  /** Settlements that were never written, because their registry was closed before. */
  get dropped(): number {
    return this.#settlements.dropped;
  }

  /** Writes what could not be settled before, in one registry or in all. Rejects as the registry does; nothing is lost by that. */
  flush(registry?: AgentRegistry): Promise<void> {
    return this.#settlements.flush(registry);
  }

  #tidy(host: StageHost): void {
    const now = host.runtime.now();
    if (now - (this.#tidiedAt.get(host.registry) ?? 0) < TIDY_MS) return;
    this.#tidiedAt.set(host.registry, now);
    host.registry.budgets.delete({ endedBefore: now - KEEP_ENDED_MS }).catch(() => {
      // Housekeeping fails no run: it is due again in a minute.
      this.#tidiedAt.set(host.registry, now - TIDY_MS + TIDY_AGAIN_MS);
    });
  }
}

/** The accounts that refused, and are not full by what was used alone. */
function heldOf(result: ReserveResult): readonly string[] {
  if (result.outcome !== "refused") return [];
  const holding = result.balances.filter(({ account, reserved }) => reserved > 0n && result.exceeded.includes(account));
  return holding.map(({ account }) => account);
}

/** One entry for each account, with the lowest limit of the rules that refuse. */
function entriesOf(params: ReserveParams): Held["entries"] {
  const entries = new Map<string, Held["entries"][number]>();
  for (const applied of params.lasting) {
    const { rule, account, window } = applied;
    const amount = params.amounts[rule.unit];
    if (amount === null) continue;
    const limit = params.isHard(applied) ? rule.limit : null;
    const known = entries.get(account)?.limit ?? null;
    const lowest = limit === null || (known !== null && known < limit) ? known : limit;
    entries.set(account, { account, amount, unit: rule.unit, limit: lowest, endsAt: window.endsAt ?? null });
  }
  return [...entries.values()];
}
