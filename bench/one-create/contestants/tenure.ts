import { openRegistry, AgentManager } from "../../../src/manager/index.ts";
import type { Contestant, Place } from "../contestant.ts";
import type { FoundryAgentService } from "../../../src/services/foundry/index.ts";

/** Tenure on a registry: a path or a `postgres://` URL. */
export async function openTenure(registry: string, service: FoundryAgentService): Promise<Contestant> {
  const manager = new AgentManager({ service, registry: openRegistry(registry), model: "gpt-4.1" });
  await manager.listAgents();
  return {
    resolve: async (agentName) => (await manager.getOrCreateAgent({ agentName, instructions: agentName })).remote.id,
    close: () => manager.close(),
  };
}

export const tenureOnSqlite = (place: Place, service: FoundryAgentService): Promise<Contestant> =>
  openTenure(`${place.folder}/registry.db`, service);

export function tenureOnPostgres(place: Place, service: FoundryAgentService): Promise<Contestant> {
  if (place.postgresUrl === undefined) throw new Error("There is no PostgreSQL.");
  return openTenure(place.postgresUrl, service);
}
