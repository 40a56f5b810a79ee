import { ProductionAgent } from "../../../src/agent/index.ts";
import { openRegistry, AgentManager } from "../../../src/manager/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";

interface Input {
  readonly endpoint: string;
  readonly ca: string;
  readonly token: string;
  readonly registry: string;
  readonly sessionId: string;
  readonly queries: readonly string[];
}

const input = JSON.parse(process.argv[2] ?? "") as Input;
await using manager = new AgentManager({
  service: new FoundryAgentService({
    endpoint: input.endpoint,
    ca: input.ca,
    credential: { getToken: () => Promise.resolve({ token: input.token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  }),
  registry: openRegistry(input.registry),
  model: "gpt-4.1",
});
const agent = new ProductionAgent({
  agentName: "analyst",
  instructions: "Be brief.",
  sessionId: input.sessionId,
  manager,
});
const print = (line: unknown): boolean => process.stdout.write(`${JSON.stringify(line)}\n`);
for (const query of input.queries) {
  print({ begins: query });
  print(await agent.run(query));
}
