import assert from "node:assert/strict";
import test from "node:test";
import { ProductionAgentManager } from "../../src/lifecycle/production-agent-manager.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import { createWireCall } from "../support/emulator-call.ts";
import { type CommandWorld, openCommandWorld, tenure } from "./tenure-command.ts";

/** A program that made two revisions of one agent, and ended. */
async function makeRevisions({ emulator, registryFile }: CommandWorld): Promise<void> {
  const { endpoint, credential, ca } = emulator;
  const service = new FoundryAgentService({ endpoint, credential, ca });
  await using manager = new ProductionAgentManager({
    service,
    registry: new SqliteRegistry(registryFile),
    model: "gpt-4.1",
  });
  for (const instructions of ["One.", "Two."]) await manager.getOrCreateAgent({ agentName: "analyst", instructions });
}

test("revisions, rollback, promote and alias do what the manager does, and the trail shows it", async () => {
  await using world = await openCommandWorld();
  await makeRevisions(world);
  const run = (...args: readonly string[]) => tenure(args, world.env);
  assert.match((await run("revisions", "list", "analyst")).stdout, /^VERSION .*\n2 +v1:.* current .*\n1 +v1:/);
  assert.match((await run("rollback", "analyst", "--reason", "worse")).stdout, /^Current: analyst:1 /);
  assert.match((await run("promote", "analyst", "--to", "2")).stdout, /^Current: analyst:2 /);
  const gated = await run("promote", "analyst", "--to", "1", "--at-least", "0.8");
  assert.equal(gated.code, 3);
  assert.match(gated.stderr, /0 scored answers/);
  assert.match(
    (await run("alias", "set", "analyst", "production", "--to", "1", "--expected", "0")).stdout,
    /production +v1:/,
  );
  assert.equal((await run("alias", "set", "analyst", "production", "--to", "2", "--expected", "0")).code, 3);
  const { aliases } = JSON.parse((await run("alias", "list", "analyst", "--json")).stdout) as {
    aliases: { alias: string }[];
  };
  assert.deepEqual(
    aliases.map(({ alias }) => alias),
    ["production"],
  );
  const trail = await run("events", "analyst", "--type", "revision.current", "alias.moved");
  assert.match(trail.stdout, /revision\.current .*rollback.*\n.*revision\.current .*promotion.*\n.*alias\.moved/);
  const lines = (await run("events", "--json")).stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string });
  assert.deepEqual(
    lines.map(({ type }) => type),
    ["agent.created", "agent.updated", "revision.current", "revision.current", "alias.moved"],
  );
  assert.deepEqual(await run("alias", "delete", "analyst", "production"), {
    code: 0,
    stdout: "Deleted: production\n",
    stderr: "",
  });
  assert.match((await run("events", "--prune", "0d")).stdout, /^Forgotten: 6 events/);
});

test("a held agent is not deleted, and the holds are taken away by name", async () => {
  await using world = await openCommandWorld();
  await makeRevisions(world);
  const run = (...args: readonly string[]) => tenure(args, world.env);
  assert.match((await run("revisions", "pin", "analyst", "1")).stdout, /^Pinned: analyst:1/);
  assert.match((await run("revisions", "protect", "analyst", "--until", "30d")).stdout, /^Protected until 20/);
  assert.equal((await run("agents", "cleanup", "analyst", "--yes")).code, 3);
  assert.match((await run("revisions", "protect", "analyst", "--off")).stdout, /gone/);
  assert.match((await run("revisions", "pin", "analyst", "--off")).stdout, /^Unpinned/);
  assert.equal((await run("revisions", "protect", "analyst", "--until", "-1d")).code, 2);
});

test("drift is shown with its difference, and settled by policy", async () => {
  await using world = await openCommandWorld();
  await makeRevisions(world);
  const run = (...args: readonly string[]) => tenure(args, world.env);
  assert.equal((await run("drift")).stdout, "Everything is as it was left.\n");
  await createWireCall(world.emulator)("POST", "/agents/analyst/versions", {
    definition: { kind: "prompt", model: "gpt-4.1", instructions: "Three." },
  });
  const shown = await run("drift", "analyst");
  assert.match(shown.stdout, /^analyst: newer-version \(analyst:3\)\n +~ instructions/);
  assert.match(shown.stdout, /Two\.[^]*Three\./);
  const failed = await run("drift", "--policy", "fail");
  assert.equal(failed.code, 3);
  assert.match((await run("drift", "--policy", "adopt")).stdout, /adopted/);
  assert.equal((await run("drift", "analyst")).stdout, "Everything is as it was left.\n");
  assert.equal((await run("drift", "--policy", "ignore")).code, 2);
});

test("an agent is released and adopted again, and handed to another scope", async () => {
  await using world = await openCommandWorld();
  await makeRevisions(world);
  const run = (...args: readonly string[]) => tenure(args, world.env);
  assert.equal((await run("release", "analyst")).stdout, "Released: analyst\n");
  assert.match((await run("adopt", "analyst", "--owner", "team-research")).stdout, /^Adopted: analyst\n/);
  assert.match(
    (await run("release", "analyst", "--to-scope", "shop-prod")).stdout,
    /^Transferred: analyst to shop-prod\n {2}analyst:1 is analyst:3 now/,
  );
  assert.equal((await run("adopt", "analyst")).code, 3);
  assert.match((await run("adopt", "analyst", "--scope", "shop-prod")).stdout, /known already/);
});
