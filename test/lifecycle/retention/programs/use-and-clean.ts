/**
 * One replica: uses agents at random and cleans up, both again and again, until it is told to stop with SIGTERM. Tells every use as it was given, every
 * deletion and every mark that was taken away (`{ event }`), and at the end what was missing and what failed.
 */
import { TenureError } from "../../../../src/errors/index.ts";
import { ProductionAgentManager, type RetentionPolicies } from "../../../../src/lifecycle/index.ts";
import type { ManagerOptions } from "../../../../src/manager/index.ts";
import { systemRuntime } from "../../../../src/runtime/index.ts";
import { FoundryAgentService } from "../../../../src/services/foundry/index.ts";
import { openRegistry } from "../../../support/open-registry.ts";

/** What the parent hands over. */
export interface ReplicaInput {
  readonly endpoint: string;
  readonly ca: string | undefined;
  readonly token: string;
  /** The URL of a PostgreSQL. */
  readonly registry: string;
  readonly schema: string;
  readonly times: Pick<ManagerOptions, "freshMs" | "timeoutMs" | "flushMs" | "lateMs">;
  readonly policies: RetentionPolicies;
  readonly configurations: readonly (readonly [agentName: string, instructions: string])[];
  /** Longest pause between two uses; each is a random part of it. */
  readonly pauseMs: number;
  /** How long a use goes on after the agent was given. */
  readonly holdMs: number;
}

/** One use. */
export interface Use {
  readonly remote: string;
  /** When it was asked for and when it was given, by the clock of the machine: it was counted in between. */
  readonly askedAt: number;
  readonly givenAt: number;
}

/** The last line. */
export interface ReplicaReport {
  /** Agents that were given and not in the service while they were used. */
  readonly missing: readonly string[];
  readonly failures: readonly string[];
  /** Calls that a busy machine did not answer in time. */
  readonly late: number;
}

const input = JSON.parse(process.argv[2] ?? "") as ReplicaInput;
const { endpoint, ca, token } = input;
const service = new FoundryAgentService({
  endpoint,
  ca,
  credential: { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
});
const manager = new ProductionAgentManager({
  service,
  registry: openRegistry(input.registry, input.schema),
  model: "gpt-4.1",
  ...input.times,
  onEvent: ({ type }) => {
    if (type === "revision.unmarked" || type === "revision.deleted") tell({ event: type });
  },
});
const missing: string[] = [];
const failures: string[] = [];
let late = 0;
const ending = new AbortController();
process.once("SIGTERM", () => ending.abort());

await Promise.all([again(use, input.pauseMs), again(clean, input.pauseMs)]);
tell({ missing, failures, late } satisfies ReplicaReport);
await manager.close();
await service.close();

async function again(work: () => Promise<void>, pauseMs: number): Promise<void> {
  while (!ending.signal.aborted) {
    await systemRuntime.sleep(systemRuntime.random() * pauseMs);
    await work().catch((thrown: unknown) => note(work.name, TenureError.from(thrown)));
  }
}

function note(work: string, error: TenureError): void {
  if (error.code === "timeout") late += 1;
  else failures.push(`${work}: ${error.code}: ${error.message}`);
}

async function use(): Promise<void> {
  const { configurations, holdMs } = input;
  // Some are asked for far more often than others, so that there are pauses on both sides of every limit.
  const number = Math.floor(systemRuntime.random() ** 2 * configurations.length);
  const [agentName, instructions] = configurations[number] ?? [];
  if (agentName === undefined || instructions === undefined) throw new Error("No configuration.");
  const askedAt = systemRuntime.now();
  const { remote } = await manager.getOrCreateAgent({ agentName, instructions });
  tell({ remote: remote.id, askedAt, givenAt: systemRuntime.now() } satisfies Use);
  await systemRuntime.sleep(systemRuntime.random() * holdMs);
  if ((await service.getRevision({ ref: remote })) === undefined) missing.push(remote.id);
}

async function clean(): Promise<void> {
  const { failed } = await manager.cleanup({ apply: true, policies: input.policies });
  for (const { error } of failed) note("cleanup", error);
}

function tell(line: unknown): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
