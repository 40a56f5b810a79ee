import { openRegistry, AgentManager } from "../../../src/manager/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";

interface Input {
  readonly endpoint: string;
  readonly ca: string;
  readonly token: string;
  readonly registry: string;
  readonly calls: number;
  /** Configurations as [name, instructions]; call n takes number (n * stride) of them. */
  readonly configurations: readonly (readonly [agentName: string, instructions: string])[];
  readonly stride: number;
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
const agents = await Promise.all(
  Array.from({ length: input.calls }, (_, call) => {
    const [agentName, instructions] = input.configurations[(call * input.stride) % input.configurations.length] ?? [
      "none",
      "",
    ];
    return manager.getOrCreateAgent({ agentName, instructions });
  }),
);
const made = agents.filter((agent) => !agent.reused).length;
await manager.close();
process.stdout.write(
  `${JSON.stringify({ made, ids: [...new Set(agents.map((agent) => agent.remote.id))].toSorted() })}\n`,
);
