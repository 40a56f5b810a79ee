import { openRegistry, AgentManager } from "../../../src/manager/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";
import { Choices } from "../../simulation/choices.ts";

interface Input {
  readonly endpoint: string;
  readonly ca: string;
  readonly token: string;
  readonly registry: string;
  readonly calls: number;
  /** Configurations as [name, instructions]; every call takes one at random. */
  readonly configurations: readonly (readonly [agentName: string, instructions: string])[];
  readonly seed: number;
}

const input = JSON.parse(process.argv[2] ?? "") as Input;
const manager = new AgentManager({
  service: new FoundryAgentService({
    endpoint: input.endpoint,
    ca: input.ca,
    credential: { getToken: () => Promise.resolve({ token: input.token, expiresOnTimestamp: Date.now() + 3_600_000 }) },
  }),
  registry: openRegistry(input.registry),
  model: "gpt-4.1",
});
const choices = Choices.fromSeed(input.seed);
const agents = await Promise.all(
  Array.from({ length: input.calls }, () => {
    const chosen = choices.choose(input.configurations.length);
    const [agentName, instructions] = input.configurations[chosen] ?? ["none", ""];
    return manager.getOrCreateAgent({ agentName, instructions });
  }),
);
const made = agents.filter((agent) => !agent.reused).length;
await manager.close();
process.stdout.write(
  `${JSON.stringify({ made, ids: [...new Set(agents.map((agent) => agent.remote.id))].toSorted() })}\n`,
);
