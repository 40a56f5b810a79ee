import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import { SqliteRegistry } from "../../../src/registry/sqlite/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";
import { openCommandWorld, tenure } from "../../cli/tenure-command.ts";

test("tenure cleanup shows a plan and changes nothing; with --apply it marks", async () => {
  await using world = await openCommandWorld();
  const { endpoint, credential, ca } = world.emulator;
  {
    const service = new FoundryAgentService({ endpoint, credential, ca });
    await using manager = new ProductionAgentManager({
      service,
      registry: new SqliteRegistry(world.registryFile),
      model: "m",
    });
    await manager.getOrCreateAgent({ agentName: "analyst", instructions: "One." });
    await manager.getOrCreateAgent({ agentName: "analyst", instructions: "Two." });
  }
  const options = ["cleanup", "--keep", "1", "--used-within", "0s"];
  const plan = await tenure(options, world.env);
  assert.match(
    plan.stdout,
    /^ACTION +AGENT +WHAT +WHY\nmark +analyst +analyst:1 +It is not among the newest 1/,
    plan.stderr,
  );
  assert.match(plan.stdout, /Nothing was changed\. Pass --apply to do it\.\n$/);
  const applied = await tenure([...options, "--apply", "--json"], world.env);
  const report = JSON.parse(applied.stdout) as { counts: { mark: number } };
  assert.equal(report.counts.mark, 1);
  assert.match((await tenure(options, world.env)).stdout, /^ACTION.*\nwait +analyst/);
  const file = join(dirname(world.registryFile), "tenure.yaml");
  await writeFile(
    file,
    "retention: { revisions: { keep: 5 } }\nagents: {}\nenvironments: { lean: { retention: { revisions: { keep: 1, usedWithin: 0s } } } }\n",
  );
  // Without the file's policies the mark would be taken away.
  assert.match(
    (await tenure(["cleanup", "--file", file, "--environment", "lean"], world.env)).stdout,
    /^ACTION.*\nwait +analyst/,
  );
  const wrong = await tenure(["cleanup", "--idle", "-1d"], world.env);
  assert.deepEqual([wrong.code, /idleAgents\.unusedFor/.test(wrong.stderr)], [2, true], wrong.stderr);
});
