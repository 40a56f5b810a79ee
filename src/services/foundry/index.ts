export { FoundryAgentService } from "./foundry-agent-service.ts";
export type { FoundryAgentServiceOptions } from "./options.ts";
