import type { JsonObject } from "../json.ts";
import type { AgentRecord, AgentVersionRecord } from "../state.ts";
import { latestVersion } from "./resolve.ts";

/** A version as the service shows it. `created_at` is in seconds. */
export function presentVersion(version: AgentVersionRecord): JsonObject {
  return {
    object: "agent.version",
    id: `${version.name}:${version.version}`,
    name: version.name,
    version: version.version,
    metadata: { ...version.metadata },
    description: version.description,
    created_at: Math.floor(version.createdAtMs / 1000),
    definition: version.definition,
    draft: version.draft,
    status: "active",
    agent_guid: version.guid,
  };
}

/** An agent as the service shows it: no metadata, description or time of its own, these are its latest version's. */
export function presentAgent(agent: AgentRecord): JsonObject {
  const state = agent.enabled ? "enabled" : "disabled";
  return {
    object: "agent",
    id: agent.name,
    name: agent.name,
    state,
    configuration_state: state,
    versions: { latest: presentVersion(latestVersion(agent)) },
    agent_endpoint: {
      ...agent.endpoint,
      version_selector: {
        version_selection_rules: agent.routing.map((rule) => ({
          type: "FixedRatio",
          agent_version: rule.version,
          traffic_percentage: rule.percentage,
        })),
      },
    },
    ...(agent.card === undefined ? {} : { agent_card: agent.card }),
  };
}
