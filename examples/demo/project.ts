import { type AgentService, TenureError } from "tenure";
import { type Emulator, type EmulatorStats, startEmulator } from "tenure/emulator";
import { FoundryAgentService } from "tenure/foundry";
import { say } from "./output.ts";

/** Where the demos run: the project of `FOUNDRY_PROJECT_ENDPOINT`, or an emulator that lives as long as they do. */
export interface DemoProject extends AsyncDisposable {
  readonly model: string;
  /** A new client of the project. Its manager closes it. */
  connect(): AgentService;
  /** Prints what the service holds. */
  showContents(): Promise<void>;
}

/** Demos are guests in a real project: their agents carry this scope, so that they neither touch nor are taken for anybody else's. */
export const DEMO_SCOPE = "tenure-demo";

/** Starts or finds the project. Whoever calls closes it. */
export async function openProject(): Promise<DemoProject> {
  const endpoint = process.env.FOUNDRY_PROJECT_ENDPOINT;
  return endpoint === undefined || endpoint === "" ? emulatedProject(await startEmulator()) : realProject(endpoint);
}

function emulatedProject(emulator: Emulator): DemoProject {
  const { endpoint, credential, ca } = emulator;
  say(`Service: a local emulator at ${endpoint}`);
  return {
    model: emulator.env["FOUNDRY_MODEL_NAME"] ?? "gpt-4.1",
    connect: () => new FoundryAgentService({ endpoint, credential, ca }),
    showContents: async () => {
      const { agents, versions, conversations, responses, created, deleted } = emulator.stats();
      const left = agents + versions + conversations + responses;
      say(
        `The service holds: ${inWords({ agents, versions, conversations, responses })}.${left === 0 ? " Nothing is left." : ""}`,
      );
      say(`It had created:    ${inWords(created)}.`);
      say(`And deleted:       ${inWords(deleted)}.`);
    },
    [Symbol.asyncDispose]: () => emulator.close(),
  };
}

function inWords({ agents, versions, conversations, responses }: EmulatorStats["created"]): string {
  return `agents ${agents}, versions ${versions}, conversations ${conversations}, responses ${responses}`;
}

function realProject(endpoint: string): DemoProject {
  const model = process.env.FOUNDRY_MODEL_NAME ?? process.env.AZURE_AI_MODEL_DEPLOYMENT_NAME;
  if (model === undefined)
    throw new TenureError("model_missing", "The demos need FOUNDRY_MODEL_NAME with an endpoint.");
  say(`Service: ${endpoint}`);
  return {
    model,
    connect: () => new FoundryAgentService({ endpoint }),
    showContents: async () => {
      const service = new FoundryAgentService({ endpoint });
      const left: string[] = [];
      for await (const { serviceName, latest } of service.listAgents()) {
        if (latest.stamp?.scope === DEMO_SCOPE) left.push(serviceName);
      }
      await service.close();
      say(`Of the demos the service holds: ${left.length === 0 ? "nothing" : left.join(", ")}.`);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
