/**
 * One process of a torture round: asks for few configurations again and again, and may be told to kill itself at a step of the protocol.
 * Prints one line of JSON per answer, so that what it was told survives its death.
 */
import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";
import { TenureError } from "../../src/errors/index.ts";
import { openRegistry, AgentManager } from "../../src/manager/index.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";
import { type Death, IN_POST } from "./death.ts";

/** What the parent hands over. */
export interface WorkerInput {
  readonly endpoint: string;
  /** Absent when the emulator speaks plain HTTP. */
  readonly ca: string | undefined;
  readonly token: string;
  readonly registry: string;
  readonly scope: string;
  /** `[agentName, instructions]`, in the order in which they are asked for. */
  readonly calls: readonly (readonly [agentName: string, instructions: string])[];
  /** By SIGKILL; after the last answer if it never comes to that. */
  readonly death?: Death | undefined;
}

/** One answer, or the code of the error. */
export interface WorkerLine {
  readonly agentName: string;
  readonly instructions: string;
  readonly remote?: string;
  readonly error?: string;
  readonly message?: string;
}

const input = JSON.parse(process.argv[2] ?? "") as WorkerInput;

let entered = 0;
subscribe("tenure:protocol-step", (message) => reach((message as { readonly step: string }).step));
subscribe("http.client.request.start", (message) => {
  const { request } = message as { readonly request: ClientRequest };
  if (request.method === "POST" && request.path.includes("/versions")) request.once("finish", () => reach(IN_POST));
});

const manager = new AgentManager({
  service: new FoundryAgentService({
    endpoint: input.endpoint,
    ca: input.ca,
    credential: { getToken: () => Promise.resolve({ token: input.token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  }),
  // A server spends more on a new connection than on all that these few calls send over it.
  registry: input.registry.startsWith("postgres")
    ? new PostgresRegistry({ url: input.registry, maxConnections: 2 })
    : openRegistry(input.registry),
  scope: input.scope,
  model: "gpt-4.1",
  settleMs: 300,
  flushMs: 50,
  timeoutMs: 60_000,
});

await Promise.all(input.calls.map(([agentName, instructions]) => call(agentName, instructions)));
if (input.death !== undefined) die();
await manager.close();

function reach(step: string): void {
  if (step !== input.death?.step) return;
  entered += 1;
  if (entered === input.death.time) die();
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}

async function call(agentName: string, instructions: string): Promise<void> {
  let line: WorkerLine;
  try {
    const agent = await manager.getOrCreateAgent({ agentName, instructions });
    line = { agentName, instructions, remote: agent.remote.id };
  } catch (thrown) {
    const error = TenureError.from(thrown);
    line = { agentName, instructions, error: error.code, message: error.message };
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
