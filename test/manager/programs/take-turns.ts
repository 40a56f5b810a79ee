import { createInterface } from "node:readline";
import { AgentManager, openRegistry } from "../../../src/manager/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";
import { decorateRegistry } from "../../support/decorated-registry.ts";
import { ManualRuntime } from "../../support/manual-runtime.ts";

interface Input {
  readonly endpoint: string;
  readonly ca: string;
  readonly token: string;
  readonly registry: string;
  readonly instructions: string;
}

const FRESH_MS = 60_000;

const input = JSON.parse(process.argv[2] ?? "") as Input;
const runtime = new ManualRuntime();
let lookUps = 0;
const manager = new AgentManager({
  service: new FoundryAgentService({
    endpoint: input.endpoint,
    ca: input.ca,
    credential: { getToken: () => Promise.resolve({ token: input.token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  }),
  registry: decorateRegistry(openRegistry(input.registry), (call, proceed) => {
    if (call === "agents.lookUp") lookUps += 1;
    return proceed();
  }),
  model: "gpt-4.1",
  freshMs: FRESH_MS,
  runtime,
});

// Every line is a turn.
for await (const line of createInterface({ input: process.stdin })) {
  const { turn } = JSON.parse(line) as { readonly turn: number };
  const before = lookUps;
  const agent = await manager.getOrCreateAgent({ agentName: "market_analyst", instructions: input.instructions });
  process.stdout.write(`${JSON.stringify({ turn, id: agent.remote.id, isLookedUp: lookUps > before })}\n`);
  // What is known is not fresh any more: the next turn looks at the registry again.
  runtime.advance(FRESH_MS);
}
await manager.close();
