import assert from "node:assert/strict";
import test from "node:test";
import { createWireCall, promptDefinition } from "../../support/emulator-call.ts";
import { TenureError } from "../../../src/errors/index.ts";
import { openFleetWorld } from "./fleet-world.ts";

const TWO =
  "agents:\n  a: { instructions: A, aliases: [production], owner: ann, purpose: test }\n  b: { instructions: B }\n";

const kinds = (plan: { actions: readonly { agentName: string; kind: string }[] }): string[] =>
  plan.actions.map(({ agentName, kind }) => `${agentName} ${kind}`);

test("what a fleet declares is created once, with its aliases and record; again, nothing is written", async () => {
  await using world = await openFleetWorld();
  const fleet = await world.fleet(TWO);
  const manager = world.manager();
  assert.deepEqual(kinds(await manager.planFleet(fleet)), ["a create", "b create"]);
  assert.deepEqual(world.writes(), [], "a plan only reads");
  const report = await manager.applyFleet(fleet);
  assert.deepEqual([report.done, report.failed, report.unchanged], [2, 0, 0]);
  assert.equal((await manager.getAlias("a", "production"))?.fingerprint, fleet.agents[0]?.normal.fingerprint);
  assert.equal((await manager.ownership("a")).owner, "ann");
  const trail = await Array.fromAsync(manager.events({ agentName: "b" }));
  assert.deepEqual(
    trail.map(({ type, data }) => [type, data["cause"]]),
    [["agent.created", "fleet"]],
    "its record is made with it, in one step",
  );
  const before = world.writes().length;
  const again = await world.manager().applyFleet(fleet);
  assert.deepEqual([again.results.length, again.unchanged], [0, 2]);
  assert.equal(world.writes().length, before);
});

test("a changed configuration is an update with its difference, and becomes current with the alias", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  await manager.applyFleet(await world.fleet(TWO));
  const changed = await world.fleet(TWO.replace("instructions: A", "instructions: A2"));
  const plan = await manager.planFleet(changed);
  assert.deepEqual(kinds(plan), ["a update"]);
  assert.deepEqual(plan.actions[0]?.difference, [{ path: "instructions", kind: "changed", before: "A", after: "A2" }]);
  await manager.applyFleet(changed, { plan });
  assert.equal((await manager.current("a"))?.remote.version, "2");
  assert.deepEqual((await manager.current("a"))?.aliases, ["production"]);
});

test("back to an older configuration: the revision that exists becomes current, nothing is written in the service", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  const first = await world.fleet(TWO);
  await manager.applyFleet(first);
  await manager.applyFleet(await world.fleet(TWO.replace("instructions: A", "instructions: A2")));
  const before = world.writes().length;
  const report = await manager.applyFleet(first);
  assert.equal(report.results[0]?.detail, "made current");
  assert.equal((await manager.current("a"))?.remote.version, "1");
  assert.equal(world.writes().length, before);
});

test("a plan that is no longer true is refused with what changed, and nothing is done", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  const fleet = await world.fleet(TWO);
  const plan = await manager.planFleet(fleet);
  await manager.getOrCreateAgent({ agentName: "a", instructions: "somebody else's" });
  const before = world.writes().length;
  const error = await manager.applyFleet(fleet, { plan }).catch((thrown: unknown) => thrown);
  assert.ok(error instanceof TenureError);
  assert.equal(error.code, "plan_stale");
  assert.match(error.message, /"a" was: create: .* Now: update: Its configuration differs\./);
  assert.equal(world.writes().length, before);
  const edited = await world.fleet(TWO.replace("instructions: B", "instructions: B2"));
  await assert.rejects(
    manager.applyFleet(edited, { plan: await manager.planFleet(fleet) }),
    /asks for something else now/,
  );
});

test("a plan that was kept as JSON and half done already is applied to its end", async () => {
  await using world = await openFleetWorld();
  const fleet = await world.fleet(TWO);
  const plan = JSON.parse(JSON.stringify(await world.manager().planFleet(fleet))) as Awaited<
    ReturnType<ReturnType<typeof world.manager>["planFleet"]>
  >;
  // As far as a process came that died between the commit and the rest.
  const [a] = fleet.agents;
  assert.ok(a);
  await world.manager().getOrCreateAgent(a.config);
  const report = await world.manager().applyFleet(fleet, { plan });
  assert.deepEqual(
    report.results.map(({ agentName, action }) => `${agentName} ${action.kind}`),
    ["a settings", "b create"],
  );
  assert.equal(world.emulator.stats().agents, 2);
});

test("equal agents that nobody made by Tenure are adopted, different ones block with the difference, and the others go on", async () => {
  await using world = await openFleetWorld();
  const call = createWireCall(world.emulator);
  await call("POST", "/agents/a/versions", { definition: promptDefinition("A") });
  await call("POST", "/agents/b/versions", { definition: promptDefinition("other") });
  const fleet = await world.fleet(
    "agents:\n  a: { instructions: A }\n  b: { instructions: B }\n  c: { instructions: C }\n",
  );
  const manager = world.manager();
  const plan = await manager.planFleet(fleet);
  assert.deepEqual(kinds(plan), ["a adopt", "b blocked", "c create"]);
  const report = await manager.applyFleet(fleet);
  assert.deepEqual(
    report.results.map(({ outcome }) => outcome),
    ["done", "failed", "done"],
  );
  assert.equal(report.results[1]?.error?.code, "agent_unmanaged");
  const taken = await world.fleet("agents:\n  b: { instructions: B, unmanaged: take-over }\n");
  assert.equal((await manager.applyFleet(taken)).results.find(({ agentName }) => agentName === "b")?.detail, "updated");
});

test("an agent of another scope blocks, and is not touched", async () => {
  await using world = await openFleetWorld();
  await world.manager({ scope: "other" }).getOrCreateAgent({ agentName: "a", instructions: "theirs" });
  const before = world.writes().length;
  const report = await world.manager().applyFleet(await world.fleet("agents: { a: { instructions: A } }\n"));
  assert.equal(report.results[0]?.error?.code, "scope_conflict");
  assert.equal(world.writes().length, before);
});

test("an agent that was deleted elsewhere is made again; an edit elsewhere is reported, or blocks, by policy", async () => {
  await using world = await openFleetWorld();
  const call = createWireCall(world.emulator);
  const manager = world.manager();
  const fleet = await world.fleet(TWO);
  await manager.applyFleet(fleet);
  await call("DELETE", "/agents/a");
  await call("POST", "/agents/b/versions", { definition: promptDefinition("edited") });
  const plan = await manager.planFleet(fleet);
  assert.deepEqual(
    plan.actions.map(({ agentName, drift }) => [agentName, drift?.policy, drift?.sources]),
    [
      ["a", "revert", ["deleted"]],
      ["b", "report", ["newer-version"]],
    ],
  );
  const report = await manager.applyFleet(fleet, { plan });
  assert.deepEqual(
    report.results.map(({ outcome }) => outcome),
    ["done", "kept"],
  );
  assert.ok(await manager.service.get({ serviceName: "a" }));
  const strict = await world.fleet(`policies: { drift: fail }\n${TWO}`);
  const failed = await manager.applyFleet(strict);
  assert.equal(failed.results.find(({ agentName }) => agentName === "b")?.error?.code, "agent_drifted");
});

test("agents that the file no longer names are kept and told by default, marked by policy", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  await manager.applyFleet(await world.fleet(TWO));
  await manager.getOrCreateAgent({ agentName: "mine", instructions: "of a program" });
  const onlyB = "agents:\n  b: { instructions: B }\n";
  const kept = await manager.applyFleet(await world.fleet(onlyB));
  assert.deepEqual(
    kept.results.map(({ agentName, outcome }) => [agentName, outcome]),
    [["a", "kept"]],
  );
  assert.equal(kept.plan.others, 1);
  await manager.deleteAlias("a", "production");
  const marked = await manager.applyFleet(await world.fleet(`policies: { retire: mark }\n${onlyB}`));
  assert.equal(marked.results[0]?.detail, "marked, 1 revision");
  assert.deepEqual(
    (await manager.revisions("a")).map(({ state }) => state),
    ["retiring"],
  );
  const again = await manager.planFleet(await world.fleet(`policies: { retire: mark }\n${onlyB}`));
  assert.deepEqual(kinds(again), [], "a mark is made once");
  const used = await manager.planFleet(await world.fleet(`policies: { retire: delete }\n${onlyB}`));
  assert.match(used.actions[0]?.reason ?? "", /it stays: it was used at/);
});

test("a protected or pinned agent is not deleted although the file no longer names it", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  await manager.applyFleet(await world.fleet(TWO));
  await manager.protect("a");
  await manager.pin("b");
  const report = await manager.applyFleet(
    await world.fleet("policies: { retire: delete, retire_unused_for: 0s }\nagents: {}\n"),
  );
  assert.deepEqual(
    report.results.map(({ outcome }) => outcome),
    ["kept", "kept"],
  );
  assert.equal(world.emulator.stats().agents, 2);
});

test("a marked agent that the file names again is marked no more", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  await manager.applyFleet(await world.fleet(TWO));
  await manager.deleteAlias("a", "production");
  await manager.applyFleet(await world.fleet("policies: { retire: mark }\nagents: {}\n"));
  await manager.applyFleet(await world.fleet(TWO));
  assert.deepEqual(
    (await manager.revisions("a")).map(({ state }) => state),
    ["active"],
  );
  const told = await Array.fromAsync(manager.events({ agentName: "a", types: ["revision.unmarked"] }));
  assert.deepEqual(
    told.map(({ data }) => data["cause"]),
    ["fleet"],
  );
  assert.deepEqual(kinds(await manager.planFleet(await world.fleet(TWO))), []);
});

test("a signal stops between agents; applied again the fleet is whole", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  const fleet = await world.fleet(TWO);
  const stop = new AbortController();
  const stopped = manager.applyFleet(fleet, { parallel: 1, signal: stop.signal, onResult: () => stop.abort() });
  await assert.rejects(stopped, { code: "aborted" });
  assert.equal(world.emulator.stats().agents, 1);
  assert.equal((await manager.applyFleet(fleet)).failed, 0);
  assert.equal(world.emulator.stats().agents, 2);
});

test("a fleet of another scope, and a wrong parallelism, are refused before anything is read", async () => {
  await using world = await openFleetWorld();
  const manager = world.manager();
  await assert.rejects(manager.planFleet(await world.fleet("scope: prod\nagents: {}\n")), { code: "invalid_option" });
  await assert.rejects(manager.applyFleet(await world.fleet("agents: {}\n"), { parallel: 0 }), {
    code: "invalid_option",
  });
  assert.equal(world.emulator.requests().length, 0);
});
