import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { ProductionAgentManager } from "../../src/lifecycle/index.ts";
import { SqliteRegistry } from "../../src/registry/sqlite/index.ts";
import { type RunningProgram, startProgram } from "../support/child-program.ts";
import { openWorld } from "../support/world.ts";

const PROGRAM = new URL("programs/run-constantly.ts", import.meta.url);
/** How long the replicas run in each of the four states of the deploy. `TENURE_DEPLOY_SECONDS=60` takes the minute of a real one. */
const PHASE_MS = (Number(process.env["TENURE_DEPLOY_SECONDS"] ?? 2) * 1_000) / 4;
const OLD = "Answer as the old release.";
const NEW = "Answer as the new release.";

interface Report {
  readonly runs: number;
  readonly failed: number;
  readonly failures: readonly string[];
  readonly versions: readonly string[];
}

const isReady = (line: unknown): boolean => typeof line === "object" && line !== null && "ready" in line;
const isReport = (line: unknown): line is Report => typeof line === "object" && line !== null && "runs" in line;

async function report(program: RunningProgram): Promise<Report> {
  program.child.kill("SIGTERM");
  assert.equal(await program.ended, 0, program.errors());
  const found = program.lines().find(isReport);
  assert.ok(found !== undefined);
  return found;
}

test("a deploy rolls forward, back and forward under constant runs: none fails, each is on its own revision, two versions", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tenure-deploy-"));
  const programs: RunningProgram[] = [];
  try {
    await using world = await openWorld();
    const registry = join(folder, "registry.db");
    const { token } = await world.emulator.credential.getToken("https://ai.azure.com/.default");
    const { endpoint, ca } = world.emulator;
    const start = (instructions: string): RunningProgram[] => {
      const started = Array.from({ length: 4 }, () =>
        startProgram(PROGRAM, { endpoint, ca, token, registry, instructions }),
      );
      programs.push(...started);
      return started;
    };
    await using operator = new ProductionAgentManager({
      service: world.service(),
      registry: new SqliteRegistry(registry),
      model: "gpt-4.1",
    });
    const current = async (): Promise<string | undefined> =>
      (await operator.current("shop_helper"))?.definition["instructions"] as string | undefined;

    const old = start(OLD);
    await Promise.all(old.map((program) => program.line(isReady)));
    await wait(PHASE_MS);
    assert.equal(await current(), OLD);
    const fresh = start(NEW);
    await Promise.all(fresh.map((program) => program.line(isReady)));
    assert.equal(await current(), NEW, "rolled forward by the new replicas themselves");
    await wait(PHASE_MS);
    await operator.rollback("shop_helper", { reason: "deploy under test" });
    assert.equal(await current(), OLD);
    await wait(PHASE_MS);
    assert.equal(await current(), OLD, "replicas of the new release do not move it forward again");
    const newest = (await operator.revisions("shop_helper")).find(
      ({ definition }) => definition["instructions"] === NEW,
    );
    await operator.promote("shop_helper", { to: newest?.fingerprint ?? "" });
    await wait(PHASE_MS);
    assert.equal(await current(), NEW);

    const reports = await Promise.all(programs.map(report));
    for (const each of reports) {
      assert.deepEqual([each.failed, each.failures], [0, []]);
      assert.equal(each.versions.length, 1, `one revision each, got ${each.versions.join()}`);
    }
    const versionOf = (part: readonly Report[]): string[] => [...new Set(part.flatMap(({ versions }) => versions))];
    assert.deepEqual([versionOf(reports.slice(0, 4)), versionOf(reports.slice(4))], [["1"], ["2"]]);
    assert.ok(reports.every(({ runs }) => runs > 0));
    assert.equal(world.emulator.stats().versions, 2);
    assert.equal(world.emulator.stats().created.versions, 2);
    assertOwnVersions(world.emulator.requests({ body: true }));
  } finally {
    for (const { child } of programs) child.kill("SIGKILL");
    await Promise.all(programs.map(({ ended }) => ended));
    await rm(folder, { recursive: true, force: true });
  }
});

/** What the service saw: the input names the release that asked, the reference the version that answered. */
function assertOwnVersions(
  requests: readonly { readonly method: string; readonly path: string; readonly body?: unknown }[],
): void {
  const runs = requests.filter(({ method, path }) => method === "POST" && path.endsWith("/responses"));
  let checked = 0;
  for (const { body } of runs) {
    const text = JSON.stringify(body) ?? "";
    const version = /"version":"(\d+)"/.exec(text)?.[1];
    if (version === undefined) continue;
    assert.equal(version, text.includes(OLD) ? "1" : "2", text.slice(0, 300));
    checked += 1;
  }
  assert.ok(checked > 0, "the service's log shows the references");
}
