import { ProductionAgent } from "../../../src/agent/index.ts";
import { ProductionAgentManager } from "../../../src/lifecycle/index.ts";
import { openRegistry } from "../../../src/manager/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";

/** One replica: asks for its own configuration and runs it, again and again, until it is told to stop. */
interface Input {
  readonly endpoint: string;
  readonly ca: string;
  readonly token: string;
  readonly registry: string;
  readonly instructions: string;
}

const input = JSON.parse(process.argv[2] ?? "") as Input;
const manager = new ProductionAgentManager({
  service: new FoundryAgentService({
    endpoint: input.endpoint,
    ca: input.ca,
    credential: { getToken: () => Promise.resolve({ token: input.token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  }),
  registry: openRegistry(input.registry),
  model: "gpt-4.1",
  // Looks at the registry several times in a test of seconds.
  freshMs: 200,
  flushMs: 200,
});
const agent = new ProductionAgent({
  agentName: "shop_helper",
  instructions: input.instructions,
  manager,
  budget: false,
});
const versions = new Set<string>();
const failures: string[] = [];
let runs = 0;
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());

while (!stop.signal.aborted) {
  const known = await manager.getOrCreateAgent({ agentName: "shop_helper", instructions: input.instructions });
  versions.add(known.remote.version ?? "");
  const answer = await agent.run(`Question ${runs} for ${input.instructions}`);
  runs += 1;
  if (!answer.success) failures.push(answer.error.message);
  if (runs === 1) process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}
await agent.cleanup();
await manager.close();
process.stdout.write(
  `${JSON.stringify({ runs, failures: failures.slice(0, 5), failed: failures.length, versions: [...versions] })}\n`,
);
