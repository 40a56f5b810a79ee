import assert from "node:assert/strict";
import type { AgentRegistry, BudgetEntry, ReserveResult } from "../../registry/contract/index.ts";
import { ALICE, BOB } from "./fixtures.ts";
import { type RegistryCase, registryCase, rejectsWith } from "./registry-under-test.ts";

const TTL_MS = 60_000;
const END = 2_000_000_000_000;

function entry(
  account: string,
  amount: bigint,
  limit: bigint | null = null,
  endsAt: number | null = null,
): BudgetEntry {
  return { account, amount, limit, endsAt };
}

function reserve(
  registry: AgentRegistry,
  reservationId: string,
  entries: readonly BudgetEntry[],
  holder = ALICE,
): Promise<ReserveResult> {
  return registry.budgets.reserve({ reservationId, holder, ttlMs: TTL_MS, entries });
}

function settle(registry: AgentRegistry, reservationId: string, amount: bigint, account = "a"): Promise<void> {
  return registry.budgets.settle({ reservationId, entries: [{ account, amount, endsAt: null }] });
}

/** `used` and `reserved` of one account. */
async function balance(registry: AgentRegistry, account = "a"): Promise<readonly [bigint, bigint]> {
  const [found] = await registry.budgets.get({ accounts: [account] });
  assert.ok(found !== undefined);
  return [found.used, found.reserved];
}

/** Budgets. */
export const budgetCases: readonly RegistryCase[] = [
  registryCase(
    "a reservation that fits is taken from all its accounts, and its balances say so",
    async ({ registry }) => {
      const result = await reserve(registry, "1", [entry("a", 60n, 100n), entry("b", 7n)]);
      assert.deepEqual(result, {
        outcome: "reserved",
        balances: [
          { account: "a", used: 0n, reserved: 60n },
          { account: "b", used: 0n, reserved: 7n },
        ],
      });
    },
  ),
  registryCase(
    "one that passes a limit takes nothing from any account, and names those that it passes",
    async ({ registry }) => {
      await reserve(registry, "1", [entry("a", 60n)]);
      const result = await reserve(registry, "2", [entry("b", 5n, 10n), entry("a", 41n, 100n)]);
      assert.ok(result.outcome === "refused");
      assert.deepEqual(result.exceeded, ["a"]);
      assert.deepEqual(await balance(registry, "b"), [0n, 0n]);
      assert.equal((await reserve(registry, "3", [entry("a", 40n, 100n)])).outcome, "reserved");
    },
  ),
  registryCase("the same reservation again changes nothing", async (subject) => {
    const other = await subject.connect();
    for (const registry of [subject.registry, other, subject.registry]) {
      assert.equal((await reserve(registry, "1", [entry("a", 60n, 100n)])).outcome, "reserved");
    }
    assert.deepEqual(await balance(other), [0n, 60n]);
  }),
  registryCase("a settlement puts what was used in the place of what was reserved, once", async ({ registry }) => {
    await reserve(registry, "1", [entry("a", 60n)]);
    for (let time = 0; time < 3; time += 1) await settle(registry, "1", 25n);
    assert.deepEqual(await balance(registry), [25n, 0n]);
    await reserve(registry, "2", [entry("a", 10n)]);
    await settle(registry, "2", 80n);
    assert.deepEqual(await balance(registry), [105n, 0n], "more than was reserved counts too");
  }),
  registryCase(
    "a release gives back what was reserved, and a settlement after it still counts",
    async ({ registry }) => {
      await reserve(registry, "1", [entry("a", 60n)]);
      for (let time = 0; time < 2; time += 1) await registry.budgets.release({ reservationId: "1" });
      await registry.budgets.release({ reservationId: "unknown" });
      assert.deepEqual(await balance(registry), [0n, 0n]);
      await settle(registry, "1", 5n);
      await registry.budgets.release({ reservationId: "1" });
      assert.deepEqual(await balance(registry), [5n, 0n]);
    },
  ),
  registryCase(
    "a reservation runs out by the registry's clock, and a late settlement still counts once",
    async (subject) => {
      const { registry } = subject;
      await reserve(registry, "1", [entry("a", 60n, 100n)]);
      await subject.advance(TTL_MS);
      assert.deepEqual(await balance(registry), [0n, 0n]);
      assert.deepEqual(await registry.budgets.listOpen({ accounts: ["a"] }), []);
      assert.equal((await reserve(registry, "2", [entry("a", 100n, 100n)])).outcome, "reserved");
      for (let time = 0; time < 2; time += 1) await settle(registry, "1", 30n);
      assert.deepEqual(await balance(registry), [30n, 100n]);
    },
  ),
  registryCase(
    "any number of reservations at once never pass a limit, and fill it to the last one",
    async (subject) => {
      const others = await Promise.all([1, 2, 3].map(() => subject.connect()));
      const registries = [subject.registry, ...others];
      const results = await Promise.all(
        Array.from({ length: 80 }, (_, index) => {
          const registry = registries[index % registries.length] ?? subject.registry;
          const order = index % 2 === 0 ? ["a", "b"] : ["b", "a"];
          return reserve(
            registry,
            `r${index}`,
            order.map((account) => entry(account, 3n, 100n)),
          );
        }),
      );
      const reserved = results.filter(({ outcome }) => outcome === "reserved");
      assert.equal(reserved.length, 33);
      for (const { balances } of reserved)
        for (const { used, reserved: open } of balances) assert.ok(used + open <= 100n);
      assert.deepEqual(await balance(subject.registry), [0n, 99n]);
    },
  ),
  registryCase("what is open is told with its holder and end", async (subject) => {
    const { registry } = subject;
    await reserve(registry, "1", [entry("a", 1n), entry("b", 1n)]);
    await reserve(await subject.connect(), "2", [entry("b", 1n)], BOB);
    await reserve(registry, "3", [entry("b", 1n)]);
    await settle(registry, "3", 1n, "b");
    const expiresAt = (await registry.now()) + TTL_MS;
    const open = await registry.budgets.listOpen({ accounts: ["a", "b"] });
    assert.deepEqual(
      open.map(({ reservationId, holder }) => [reservationId, holder]),
      [
        ["1", ALICE],
        ["2", BOB],
      ],
    );
    for (const reservation of open)
      assert.ok(reservation.expiresAt <= expiresAt && reservation.expiresAt > expiresAt - TTL_MS);
    assert.deepEqual(
      (await registry.budgets.listOpen({ accounts: ["a"] })).map(({ reservationId }) => reservationId),
      ["1"],
    );
  }),
  registryCase("amounts beyond 2^53 and odd account names are kept exactly", async ({ registry }) => {
    const account = `'; DROP TABLE budget_accounts; -- "ü😀|%`;
    await reserve(registry, "1", [entry(account, 9_007_199_254_740_993n)]);
    await settle(registry, "1", 9_007_199_254_740_995n, account);
    assert.deepEqual(await balance(registry, account), [9_007_199_254_740_995n, 0n]);
    assert.deepEqual(await registry.budgets.get({ accounts: [] }), []);
  }),
  registryCase("accounts of past windows are forgotten, current and lasting ones stay", async ({ registry }) => {
    await reserve(registry, "1", [entry("old", 1n, null, END - 1), entry("new", 1n, null, END), entry("total", 1n)]);
    for (const account of ["old", "new", "total"]) {
      await registry.budgets.settle({
        reservationId: `${account}-1`,
        entries: [{ account, amount: 1n, endsAt: account === "total" ? null : END }],
      });
    }
    assert.equal(await registry.budgets.delete({ endedBefore: END }), 1);
    const balances = await registry.budgets.get({ accounts: ["old", "new", "total"] });
    assert.deepEqual(
      balances.map(({ used }) => used),
      [0n, 1n, 1n],
    );
  }),
  registryCase("a reservation without sense is refused", async ({ registry }) => {
    await rejectsWith(reserve(registry, "1", [entry("a", -1n)]), "invalid_option");
    await rejectsWith(reserve(registry, "1", [entry("a", 2n ** 63n)]), "invalid_option");
    await rejectsWith(reserve(registry, "1", [entry("a", 1n), entry("a", 1n)]), "invalid_option");
    await rejectsWith(
      registry.budgets.reserve({ reservationId: "1", holder: ALICE, ttlMs: 0, entries: [] }),
      "invalid_option",
    );
    await rejectsWith(settle(registry, "1", -1n), "invalid_option");
    assert.deepEqual(await balance(registry), [0n, 0n]);
  }),
];
