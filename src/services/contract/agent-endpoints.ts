import type { RemoteRef } from "../../config/index.ts";
import type { CallOptions } from "./agent-service.ts";
import type { WriteOutcome } from "./write-outcome.ts";

/** The address that the service gives each agent, for callers that know only its name. */
export interface AgentEndpoints {
  /** Lets it answer with this one version, whatever newer ones come. Safe to repeat. `not-found` if the agent is gone, `refused` if the version is. */
  pin(params: { readonly ref: RemoteRef } & CallOptions): Promise<WriteOutcome<"pinned">>;
  /** The versions that it answers with, `@latest` among them; `undefined` if the agent does not exist. */
  get(params: { readonly serviceName: string } & CallOptions): Promise<readonly string[] | undefined>;
}
