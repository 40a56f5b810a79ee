import { loadFleet } from "../../../../src/lifecycle/fleet/index.ts";
import { ProductionAgentManager } from "../../../../src/lifecycle/production-agent-manager.ts";
import { SqliteRegistry } from "../../../../src/registry/sqlite/index.ts";
import { FoundryAgentService } from "../../../../src/services/foundry/index.ts";

// Applies a fleet in a process of its own, telling each agent as it is dealt with.
const input = JSON.parse(process.argv[2] ?? "{}") as {
  endpoint: string;
  registryFile: string;
  file: string;
  parallel: number;
};
const service = new FoundryAgentService({
  endpoint: input.endpoint,
  credential: { getToken: () => Promise.resolve({ token: "test", expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) },
});
await using manager = new ProductionAgentManager({
  service,
  registry: new SqliteRegistry(input.registryFile),
  settleMs: 50,
});
const fleet = await loadFleet(input.file);
const report = await manager.applyFleet(fleet, {
  parallel: input.parallel,
  onResult: ({ agentName, outcome }) => console.log(JSON.stringify({ agentName, outcome })),
});
console.log(JSON.stringify({ done: report.done, failed: report.failed, unchanged: report.unchanged }));
