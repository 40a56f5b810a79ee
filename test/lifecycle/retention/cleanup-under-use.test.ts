import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { ProductionAgentManager, type RetentionPolicies } from "../../../src/lifecycle/index.ts";
import { systemRuntime } from "../../../src/runtime/index.ts";
import { type RunningProgram, startProgram } from "../../support/child-program.ts";
import { openRegistry } from "../../support/open-registry.ts";
import { newSchema, postgresUrl } from "../../support/shared-postgres.ts";
import { openWorld, type World } from "../../support/world.ts";
import type { ReplicaInput, ReplicaReport, Use } from "./programs/use-and-clean.ts";

const PROGRAM = new URL("programs/use-and-clean.ts", import.meta.url);
/** How long the replicas work: `TENURE_CLEANUP_SECONDS=120 npm test -- cleanup-under-use` for the long one. */
const WORK_MS = Number(process.env["TENURE_CLEANUP_SECONDS"] ?? "4") * 1_000;
const DRAIN_MS = 30_000;
/** What a call that was too late began may be ended after `lateMs`: nothing holds a request back here. */
const TIMES = { freshMs: 100, timeoutMs: 1_500, flushMs: 50, lateMs: 1_000 };
const GRACE_MS = TIMES.freshMs + TIMES.timeoutMs + TIMES.flushMs;
/** Four replicas that pause for 300 ms on average use each of twelve configurations every 900 ms on average: pauses lie on both sides of the limit. */
const IDLE_MS = 900;
const PAUSE_MS = 600;
/** As short as is allowed: every deletion is a close call. */
const POLICIES: RetentionPolicies = {
  revisions: { keep: 0, usedWithin: IDLE_MS },
  idleAgents: { unusedFor: IDLE_MS },
  grace: GRACE_MS,
  stopAbove: 100,
};
/** Eight agents, four of which have two configurations. */
const CONFIGURATIONS = Array.from({ length: 12 }, (_, index) => [`agent-${index % 8}`, `Variant ${index}.`] as const);

test(
  "4 processes use agents and clean up with limits close to their pauses: nothing in use is deleted, everything idle goes",
  // The runner's own limit is shorter than the long form.
  { timeout: WORK_MS + DRAIN_MS + 120_000 },
  async (t) => {
    await using world = await openWorld();
    const input = await inputFor(world);
    const programs = [1, 2, 3, 4].map(() => startProgram(PROGRAM, input));
    try {
      await Promise.all(programs.map((program) => program.line((line) => Object.hasOwn(line as object, "givenAt"))));
      await systemRuntime.sleep(WORK_MS);
      // A short time may pass without a close call; then it is waited for.
      await Promise.all(["revision.unmarked", "revision.deleted"].map((event) => anyTold(programs, event)));
      for (const { child } of programs) child.kill("SIGTERM");
      for (const program of programs) assert.equal(await program.ended, 0, program.errors());
      await inspect(t, { world, input, programs });
    } finally {
      for (const { child } of programs) child.kill("SIGKILL");
      await Promise.all(programs.map(({ ended }) => ended));
    }
  },
);

async function inputFor({ emulator }: World): Promise<ReplicaInput> {
  const { token } = await emulator.credential.getToken("https://ai.azure.com/.default");
  return {
    endpoint: emulator.endpoint,
    ca: emulator.ca,
    token,
    registry: await postgresUrl(),
    schema: newSchema(),
    times: TIMES,
    policies: POLICIES,
    configurations: CONFIGURATIONS,
    pauseMs: PAUSE_MS,
    holdMs: GRACE_MS / 2,
  };
}

async function anyTold(programs: readonly RunningProgram[], event: string): Promise<void> {
  await Promise.any(programs.map((program) => program.line((line) => (line as { event?: string }).event === event)));
}

interface Run {
  readonly world: World;
  readonly input: ReplicaInput;
  readonly programs: readonly RunningProgram[];
}

async function inspect(t: TestContext, { world, input, programs }: Run): Promise<void> {
  await using manager = new ProductionAgentManager({
    service: world.service(),
    registry: openRegistry(input.registry, input.schema),
    model: "gpt-4.1",
    ...TIMES,
  });
  const lines = programs.flatMap((program) => program.lines());
  const uses = lines.filter((line): line is Use => Object.hasOwn(line as object, "givenAt"));
  const reports = programs.map((program) => program.lines().at(-1) as ReplicaReport);
  const deletions = await listDeletions(manager);
  const reprieved = lines.filter((line) => (line as { event?: string }).event === "revision.unmarked").length;
  const late = reports.reduce((sum, report) => sum + report.late, 0);
  t.diagnostic(
    `${uses.length} uses, ${deletions.length} deletions, ${reprieved} marks taken away, ${late} calls too late`,
  );
  assert.deepEqual(
    reports.map(({ missing, failures }) => ({ missing, failures })),
    reports.map(() => ({ missing: [], failures: [] })),
  );
  assert.deepEqual([...deletionsTooEarly(deletions), ...deletionsInUse(deletions, uses)], []);
  const from = systemRuntime.monotonic();
  await drain(manager);
  t.diagnostic(`the rest was gone after ${(systemRuntime.monotonic() - from).toFixed(0)} ms`);
  const { agents, versions } = world.emulator.stats();
  assert.deepEqual([agents, versions, await manager.listAgents()], [0, 0, []], "everything idle is gone");
}

interface Deletion {
  readonly remote: string;
  readonly markedAt: number;
  readonly at: number;
}

async function listDeletions(manager: ProductionAgentManager): Promise<readonly Deletion[]> {
  const events = await Array.fromAsync(manager.events({ types: ["revision.deleted"] }));
  return events.map(({ at, data }) => {
    const { remote, evidence } = data as unknown as {
      readonly remote: { readonly id: string };
      readonly evidence: { readonly markedAt: string };
    };
    return { remote: remote.id, markedAt: Date.parse(evidence.markedAt), at: Date.parse(at) };
  });
}

function deletionsTooEarly(deletions: readonly Deletion[]): readonly string[] {
  return deletions
    .filter(({ markedAt, at }) => at < markedAt + GRACE_MS)
    .map(({ remote, markedAt, at }) => `${remote} was deleted ${at - markedAt} ms after it was marked`);
}

/** Uses that began after the mark. One that is written between the look and the mark does not take the mark away, so the idle time does not add to it. */
function deletionsInUse(deletions: readonly Deletion[], uses: readonly Use[]): readonly string[] {
  return deletions.flatMap(({ remote, markedAt, at }) =>
    uses
      .filter((use) => use.remote === remote && use.givenAt < at && use.askedAt > markedAt)
      .map(
        ({ askedAt }) =>
          `${remote} was marked, asked for ${askedAt - markedAt} ms later, deleted ${at - askedAt} ms after that`,
      ),
  );
}

async function drain(manager: ProductionAgentManager): Promise<void> {
  const from = systemRuntime.monotonic();
  while ((await manager.listAgents()).length > 0 && systemRuntime.monotonic() - from < DRAIN_MS) {
    await manager.cleanup({ apply: true, policies: POLICIES });
    await systemRuntime.sleep(50);
  }
}
