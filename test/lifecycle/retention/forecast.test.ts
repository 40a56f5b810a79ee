import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeConfig } from "../../../src/config/index.ts";
import type { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import type { RetentionPolicies } from "../../../src/lifecycle/retention/policies.ts";
import { agentResource } from "../../../src/registry/contract/index.ts";
import { variant } from "../lifecycle-world.ts";
import { MINUTE, openRetention } from "./retention-world.ts";

const NAME = "market_analyst";
const SERVICE_NAME = "market-analyst";
const OFF: RetentionPolicies = { revisions: false, grace: "5m", maxPerRun: { count: 1_000 } };

/** Changes that were made long ago: written into service and registry directly, since the protocol reads all versions before each new one. */
async function seedChanges(manager: ProductionAgentManager, from: number, to: number): Promise<void> {
  const { service, registry } = manager;
  const key = manager.keyOf(NAME);
  const claim = await registry.leases.claim({ resource: agentResource(key), holder: manager.process, ttlMs: MINUTE });
  assert.ok(claim.outcome === "claimed");
  const { lease } = claim;
  const agent = { serviceName: SERVICE_NAME, serviceKey: service.toServiceKey(SERVICE_NAME) };
  for (let number = from; number < to; number += 1) {
    const config = normalizeConfig(variant(`Change ${number}.`), { model: "gpt-4.1" });
    const { fingerprint, definition, model, webSearchEnabled } = config;
    const stamp = { scope: key.scope, agentName: NAME, fingerprint, intentId: `change-${number}` };
    const made = await service.createRevision({
      serviceName: SERVICE_NAME,
      definition,
      description: undefined,
      metadata: {},
      stamp,
    });
    assert.ok(made.kind === "ok");
    const known = { key, fingerprint, definition, model, webSearchEnabled, remote: made.value.ref, stamped: true };
    const revision = { ...known, stored: definition, storedFingerprint: fingerprint };
    await registry.intents.commit({ lease, intentId: undefined, revision, makeCurrent: true, agent });
  }
  await registry.leases.release({ lease });
}

test("with retention off the forecast warns at 700 of 1,000 versions, plan says at 850 what goes, and then it goes", async () => {
  await using world = await openRetention();
  const manager = world.manager();
  assert.deepEqual(await manager.listAgents(), []);
  const change = async (from: number, to: number): Promise<void> => {
    await seedChanges(manager, from, to);
    world.runtime.advance(10 * MINUTE);
  };
  await change(0, 699);
  assert.deepEqual((await manager.plan({ policies: OFF })).forecasts, []);

  await change(699, 700);
  const warned = await manager.plan({ policies: OFF });
  const [forecast] = warned.forecasts;
  assert.deepEqual([forecast?.level, forecast?.used, forecast?.most], ["warn", 700, 1_000]);
  assert.deepEqual(warned.actions, [], "a warning marks nothing");
  const oldest = Array.from({ length: 150 }, (_, index) => `${SERVICE_NAME}:${index + 1}`);
  assert.deepEqual(forecast?.wouldGo, oldest, "what goes at 850");
  assert.deepEqual(
    world.lifecycle.told("limit.near").map(({ level, used }) => [level, used]),
    [["warn", 700]],
    "planning tells it, too",
  );

  await change(700, 850);
  const acting = await manager.plan({ policies: OFF });
  assert.deepEqual([acting.forecasts[0]?.level, acting.forecasts[0]?.used], ["act", 850]);
  const marks = acting.actions.map(({ kind, rule, remote }) => `${kind} by ${rule}: ${remote?.id}`);
  assert.deepEqual(marks.toSorted(), oldest.map((id) => `mark by limits: ${id}`).toSorted());
  assert.equal((await manager.cleanup({ apply: true, policies: OFF })).counts.mark, 150);
  assert.equal(world.deletions(), 0);

  world.runtime.advance(5 * MINUTE);
  await manager.cleanup({ apply: true, policies: OFF });
  const left = await world.versions(manager, SERVICE_NAME);
  assert.deepEqual([left.length, left[0], left.at(-1)], [700, "850", "151"]);
  assert.deepEqual((await manager.plan({ policies: OFF })).actions, [], "at the line at which it warns it stops");
});
