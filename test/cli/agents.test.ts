import assert from "node:assert/strict";
import test from "node:test";
import { AgentManager } from "../../src/manager/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import { createWireCall } from "../support/emulator-call.ts";
import { type CommandWorld, openCommandWorld, tenure } from "./tenure-command.ts";

/** A program that uses two agents and ends, as one does before somebody looks at what is left. */
async function makeAgents({ emulator, registryFile }: CommandWorld): Promise<void> {
  const { endpoint, credential, ca } = emulator;
  const service = new FoundryAgentService({ endpoint, credential, ca });
  const options = { service, registry: new SqliteRegistry(registryFile), model: "gpt-4.1" };
  await using manager = new AgentManager(options);
  await manager.getOrCreateAgent({ agentName: "market_analyst", instructions: "Analyse.", enableWebSearch: true });
  await manager.getOrCreateAgent({ agentName: "market_analyst", instructions: "Analyse.", enableWebSearch: true });
  await manager.getOrCreateAgent({ agentName: "advisor", instructions: "Advise.", sessionId: "s1" });
}

test("agents list shows the agents of the scope, as a table and as JSON", async () => {
  await using world = await openCommandWorld();
  const empty = await tenure(["agents", "list"], world.env);
  assert.deepEqual([empty.code, empty.stderr], [0, ""]);
  assert.match(empty.stdout, /^No agents in scope default\./);
  await makeAgents(world);
  const table = await tenure(["agents", "list"], world.env);
  assert.match(
    table.stdout,
    /^NAME +IN THE SERVICE +MODEL.*\nadvisor +advisor:1 +gpt-4\.1 +no .*\nmarket_analyst +market-analyst:1 +gpt-4\.1 +yes /,
  );
  const { agents } = JSON.parse((await tenure(["--json", "agents", "list"], world.env)).stdout) as {
    agents: { agentName: string }[];
  };
  assert.deepEqual(
    agents.map(({ agentName }) => agentName),
    ["advisor", "market_analyst"],
  );
  const other = await tenure(["agents", "list", "--scope", "elsewhere"], world.env);
  assert.match(other.stdout, /^No agents in scope elsewhere\./);
});

test("agents show and stats tell what an agent was used for", async () => {
  await using world = await openCommandWorld();
  await makeAgents(world);
  const shown = await tenure(["agents", "show", "market_analyst"], world.env);
  assert.match(shown.stdout, /uses: +2\n/);
  assert.match(shown.stdout, /fingerprint: +v1:[0-9a-f]{64}\n/);
  const stats = await tenure(["agents", "stats"], world.env);
  assert.match(stats.stdout, /2 agents, 2 creations, 1 reuse /);
});

test("agents cleanup deletes what it was told to, and asks nobody only with --yes", async () => {
  await using world = await openCommandWorld();
  await makeAgents(world);
  const unasked = await tenure(["agents", "cleanup", "advisor"], world.env);
  assert.equal(unasked.code, 2);
  assert.match(unasked.stderr, /Pass --yes/);
  assert.equal(world.emulator.stats().agents, 2);
  const one = await tenure(["agents", "cleanup", "advisor", "--yes"], world.env);
  assert.deepEqual(one, { code: 0, stdout: "Deleted: advisor\n", stderr: "" });
  const all = await tenure(["agents", "cleanup", "--all", "--yes", "--json"], world.env);
  assert.deepEqual(JSON.parse(all.stdout), { deleted: ["market_analyst"], left: {} });
  assert.equal(world.emulator.stats().agents, 0);
});

test("agents cleanup says what it leaves because Tenure did not make it", async () => {
  await using world = await openCommandWorld();
  await makeAgents(world);
  const byHand = { definition: { kind: "prompt", model: "gpt-4.1", instructions: "By hand." } };
  const made = await createWireCall(world.emulator)("POST", "/agents/advisor/versions", byHand);
  assert.equal(made.status, 200);
  const { code, stdout } = await tenure(["agents", "cleanup", "advisor", "--yes"], world.env);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^Deleted: advisor\nLeft in the service: 1 of the versions of advisor, which Tenure did not make\.\n$/,
  );
  assert.equal(world.emulator.stats().agents, 2);
});

test("an unknown agent is a failure with exit status 4, as sentences and as JSON", async () => {
  await using world = await openCommandWorld();
  for (const command of [
    ["agents", "show", "nobody"],
    ["agents", "cleanup", "nobody", "--yes"],
  ]) {
    const failed = await tenure(command, world.env);
    assert.equal(failed.code, 4);
    assert.equal(failed.stdout, "");
    assert.match(
      failed.stderr,
      /^error: There is no agent "nobody" in scope default\.\nhint: .+\ncode: agent_not_found\n$/,
    );
    const { error } = JSON.parse((await tenure([...command, "--json"], world.env)).stdout) as {
      error: { code: string };
    };
    assert.equal(error.code, "agent_not_found");
  }
});
