import type { FoundryAgentService } from "../../src/services/foundry/index.ts";

/** What a process of the benchmark is told about the world. */
export interface Place {
  readonly endpoint: string;
  /** Absent when the emulator speaks plain HTTP. */
  readonly ca: string | undefined;
  readonly token: string;
  /** A folder of its own, for files. */
  readonly folder: string;
  readonly postgresUrl: string | undefined;
  readonly redisUrl: string | undefined;
}

/** One way to make an agent once among many processes. */
export interface Contestant {
  /** The agent's id, made by whoever comes first. */
  resolve(agentName: string): Promise<string>;
  close(): Promise<void>;
}

export type OpenContestant = (place: Place, service: FoundryAgentService) => Promise<Contestant>;

const NOBODY = "bench";

/** The create that all contestants share: the same request to the same service. */
export async function create(service: FoundryAgentService, agentName: string): Promise<string> {
  const outcome = await service.createRevision({
    serviceName: agentName,
    definition: { kind: "prompt", model: "gpt-4.1", instructions: agentName },
    description: undefined,
    metadata: {},
    stamp: { scope: NOBODY, agentName, fingerprint: "v1:bench", intentId: NOBODY },
  });
  if (outcome.kind !== "ok") throw outcome.error;
  return outcome.value.ref.id;
}
