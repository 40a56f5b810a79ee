import * as v from "valibot";
import { AgentEntry, DRIFT, RETIRE, UNMANAGED } from "./agent-entry.ts";
import { described, json, oneOf, text } from "./field.ts";

const duration = v.pipe(text, v.regex(/^\d+(?:ms|s|m|h|d)$/, 'a duration like "30d", "12h", "15m" or "10s"'));

const Policies = v.strictObject(
  {
    unmanaged: described(
      oneOf(UNMANAGED),
      "What to do with an agent of a declared name that nobody stamped. Default `adopt-if-equal`.",
    ),
    drift: described(oneOf(DRIFT), "What to do when somebody changed an agent in the service. Default `report`."),
    retire: described(
      oneOf(RETIRE),
      "What to do with an agent that this fleet made and no longer names. Default `keep`.",
    ),
    retire_unused_for: described(
      duration,
      "How long an agent must not have been used before `retire: delete` marks it. Default `1d`.",
    ),
  },
  "a mapping",
);

const members = {
  version: described(v.literal(1, "1"), "Version of this format."),
  name: described(
    v.pipe(text, v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/, "1 to 63 letters, digits, `_`, `.` or `-`")),
    "Name of the fleet: tells its agents from others of the scope. Default `fleet`.",
  ),
  scope: described(text, "Who owns the agents. Default: that of the command or the environment."),
  defaults: described(AgentEntry, "What every agent has unless it says otherwise."),
  tools: described(
    v.record(
      v.string(),
      v.looseObject({ type: v.string("the name of a tool type") }, "a tool with a `type`"),
      "a mapping",
    ),
    "Tools by name, to be listed by agents.",
  ),
  policies: described(Policies, "What to do where the service is not as the file says."),
  retention: described(json, "Retention policies, as cleanup takes them."),
  budgets: described(json, "Budgets, as `BudgetOptions`."),
  costs: described(json, "Prices, as `CostOptions`."),
};

/** A fleet file in one environment: overlays laid over, variables filled in, defaults laid under each agent. */
export const FleetFile = v.strictObject(
  { ...members, agents: v.record(v.string(), AgentEntry, "a mapping of agents by name") },
  "a mapping",
);

/** A fleet file, checked. */
export type FleetFile = v.InferOutput<typeof FleetFile>;

/** The same with everything that is allowed before that: what editors check, and the published JSON Schema says. */
export const FleetSource = v.strictObject({
  ...members,
  agents: described(v.record(v.string(), v.nullable(AgentEntry)), "The agents by name."),
  environments: described(
    v.record(
      v.string(),
      v.strictObject({
        extends: described(v.union([text, v.array(text)]), "Environments that are laid under this one."),
        ...members,
        agents: described(
          v.record(v.string(), v.nullable(AgentEntry)),
          "What is otherwise here. `null` takes an agent away.",
        ),
      }),
    ),
    "What is otherwise in one environment, laid over the rest of the file.",
  ),
});

/** The members that the object at the path may have, for suggestions. */
export function membersAt(path: readonly (string | number)[]): readonly string[] {
  const [section] = path;
  if (path.length === 0) return Object.keys(FleetFile.entries);
  if (section === "policies") return Object.keys(Policies.entries);
  if ((section === "agents" && path.length === 2) || (section === "defaults" && path.length === 1))
    return Object.keys(AgentEntry.entries);
  return path.at(-1) === "response_format" ? ["name", "schema", "strict"] : [];
}
