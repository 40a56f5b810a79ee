import { invalidPayload } from "../errors.ts";
import type { Handler } from "../http/route.ts";
import { describeValue, isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { AgentRecord, RoutingRule } from "../state.ts";
import { presentAgent } from "./present.ts";
import { readObject } from "./request-body.ts";
import { findAgent, findVersion } from "./resolve.ts";

const rulesField = "agent_endpoint.version_selector.version_selection_rules";

/** RFC 7396: members of the patch replace those of the target, null removes. */
function mergePatch(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isJsonObject(patch)) return patch;
  const merged: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, member] of Object.entries(patch)) {
    if (member === null) delete merged[key];
    else if (member !== undefined) merged[key] = mergePatch(merged[key], member);
  }
  return merged;
}

function checkRule(agent: AgentRecord, rule: JsonValue): RoutingRule {
  if (!isJsonObject(rule) || rule.type !== "FixedRatio") {
    throw invalidPayload(rulesField, "Expected rules of type FixedRatio");
  }
  const { agent_version: version, traffic_percentage: percentage } = rule;
  if (typeof version !== "string") {
    throw invalidPayload(rulesField, `Expected \`agent_version\` to be text, got ${describeValue(version)}`);
  }
  if (typeof percentage !== "number" || percentage < 0 || percentage > 100) {
    throw invalidPayload(
      rulesField,
      `Expected \`traffic_percentage\` to be a number from 0 to 100, got ${describeValue(percentage)}`,
    );
  }
  if (version !== "@latest" && findVersion(agent, version).draft) {
    throw invalidPayload(rulesField, `The draft ${version} cannot be routed to`);
  }
  return { version, percentage };
}

function checkRules(agent: AgentRecord, rules: JsonValue | undefined): RoutingRule[] {
  if (!Array.isArray(rules) || rules.length === 0) {
    throw invalidPayload(rulesField, `Expected a list of rules, got ${describeValue(rules)}`);
  }
  const routing = rules.map((rule) => checkRule(agent, rule));
  const sum = routing.reduce((total, rule) => total + rule.percentage, 0);
  if (sum !== 100) throw invalidPayload(rulesField, `Expected percentages that add up to 100, got ${sum}`);
  return routing;
}

function patchEndpoint(agent: AgentRecord, patch: JsonObject): void {
  const { version_selector: selector, ...others } = patch;
  if (isJsonObject(selector)) agent.routing = checkRules(agent, selector.version_selection_rules);
  if (selector === null) agent.routing = [{ version: "@latest", percentage: 100 }];
  const merged = mergePatch(agent.endpoint, others);
  if (isJsonObject(merged)) agent.endpoint = merged;
}

/** `PATCH /agents/:name`: the endpoint's routing, protocols and authorization, and the agent card. */
export const patchAgent: Handler = async (context) => {
  const body = await readObject(context);
  const agent = findAgent(context.state, context.params.name ?? "");
  const { agent_endpoint: endpoint, agent_card: card } = body;
  if (isJsonObject(endpoint)) patchEndpoint(agent, endpoint);
  else if (endpoint !== undefined) {
    throw invalidPayload("agent_endpoint", `Expected an object, got ${describeValue(endpoint)}`);
  }
  if (card === null) agent.card = undefined;
  else if (isJsonObject(card)) {
    const merged = mergePatch(agent.card, card);
    if (isJsonObject(merged)) agent.card = merged;
  }
  return Response.json(presentAgent(agent));
};

/** `POST /agents/:name:enable` and `:disable`. Saying it twice is fine. */
export function setEnabled(enabled: boolean): Handler {
  return (context) => {
    findAgent(context.state, context.params.name ?? "").enabled = enabled;
    return new Response(null, { status: 204 });
  };
}
