import { readFile } from "node:fs/promises";
import { assertScope, type JsonObject, parseDuration, readEnvironment } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { AgentService } from "../../services/contract/index.ts";
import { readRetentionPolicies } from "../retention/resolved-policies.ts";
import { checkFile } from "./file/check-file.ts";
import { completeAgents, withoutMark } from "./file/complete-agents.ts";
import type { FleetFile } from "./file/fleet-file.ts";
import { readSection, type SectionChecks } from "./file/sections.ts";
import { toAgent } from "./file/to-agent.ts";
import type { Fleet, FleetAgent, FleetPolicies } from "./fleet.ts";
import { Problems } from "./problems.ts";
import { environmentsOf, inEnvironment } from "./source/environments.ts";
import { type Located, placeOf } from "./source/located.ts";
import { readYaml } from "./source/read-yaml.ts";
import { fillIn, type Variables } from "./source/variables.ts";

/** How a fleet file is read. */
export interface LoadFleetOptions {
  /** The environment whose overlay is laid over the file. Default: none. */
  readonly environment?: string | undefined;
  /** Where `${NAME}` is looked up. Default: the process's environment. */
  readonly variables?: Variables | undefined;
  /** Model deployment for agents that name none, also not by `defaults`. Default: `FOUNDRY_MODEL_NAME`. */
  readonly model?: string | undefined;
  /** Names in the service, to tell agents whose names would meet there. Default: that is found when a plan is made. */
  readonly service?: Pick<AgentService, "toServiceName" | "toServiceKey"> | undefined;
  /** Checks of sections that other parts own. Default: `retention` is checked, the others are read unchecked. */
  readonly checks?: SectionChecks | undefined;
}

const DEFAULT_UNUSED_FOR = "1d";

/**
 * Reads and checks a fleet file (`tenure.yaml`). Rejects with `fleet_invalid`, telling everything that is wrong with line and column, `details.problems`
 * the same as data. Nothing but the file and those that it names is read.
 */
export async function loadFleet(file: string, options: LoadFleetOptions = {}): Promise<Fleet> {
  const problems = new Problems();
  const variables = options.variables ?? process.env;
  const notes: string[] = [];
  const raw = await readRoot(file, problems);
  const filled = fillIn(inEnvironment(raw, options.environment, problems), variables, problems);
  const root = await completeAgents(filled, { file, variables, problems, notes });
  const checked = checkFile(root, problems);
  const fleet = checked === undefined ? undefined : toFleet(checked, { root, file, options, problems, notes });
  problems.throwIfAny();
  if (fleet === undefined) throw new TenureError("internal", "A fleet file without problems gave no fleet.");
  return fleet;
}

/** The environments that a fleet file has overlays for. Rejects with `fleet_invalid`. */
export async function fleetEnvironments(file: string): Promise<readonly string[]> {
  return environmentsOf(await readRoot(file, new Problems()));
}

async function readRoot(file: string, problems: Problems): Promise<Located> {
  const root = await readYaml(withoutMark(await readFleetText(file)), file, problems);
  problems.throwIfAny();
  if (root?.kind === "map") return root;
  problems.add({ file, line: 1, column: 1 }, "Expected a mapping with `agents`, got nothing of that kind.");
  problems.throwIfAny();
  throw new TenureError("internal", "A problem was not told.");
}

async function readFleetText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TenureError("fleet_invalid", `The fleet file "${file}" cannot be read: ${reason}`, {
      cause: thrown,
      hint: "Name the file, or write one with `tenure import`.",
    });
  }
}

interface Checked {
  readonly root: Located;
  readonly file: string;
  readonly options: LoadFleetOptions;
  readonly problems: Problems;
  readonly notes: readonly string[];
}

function toFleet(checked: FleetFile, context: Checked): Fleet {
  const { root, file, options, problems, notes } = context;
  const policies = policiesOf(checked);
  const model = options.model ?? readEnvironment(options.variables).model;
  const tools = (checked.tools ?? {}) as Readonly<Record<string, JsonObject>>;
  const agents = Object.entries(checked.agents).flatMap(
    ([name, entry]) => toAgent(name, entry, { root, tools, policies, model, problems }) ?? [],
  );
  if (options.service !== undefined) findCollisions(agents, options.service, problems);
  checkScope(checked.scope, context);
  const checks: SectionChecks = {
    retention: (section) => readRetentionPolicies(section, "retention"),
    ...options.checks,
  };
  const section = (name: "retention" | "budgets" | "costs"): JsonObject | undefined =>
    readSection(root, name, { checks, problems, value: checked[name] as JsonObject | undefined });
  return Object.freeze({
    name: checked.name ?? "fleet",
    file,
    environment: options.environment,
    scope: checked.scope,
    agents,
    policies,
    retention: section("retention"),
    budgets: section("budgets"),
    costs: section("costs"),
    notes,
  });
}

function policiesOf({ policies = {} }: FleetFile): FleetPolicies {
  return {
    unmanaged: policies.unmanaged ?? "adopt-if-equal",
    drift: policies.drift,
    retire: policies.retire ?? "keep",
    retireUnusedForMs: parseDuration(policies.retire_unused_for ?? DEFAULT_UNUSED_FOR, "policies.retire_unused_for"),
  };
}

function checkScope(scope: string | undefined, { root, problems }: Checked): void {
  if (scope === undefined) return;
  try {
    assertScope(scope);
  } catch (thrown) {
    problems.add(placeOf(root, ["scope"]), TenureError.from(thrown).message);
  }
}

/** Two agents that would be one in the service. Both are told, at the second. */
function findCollisions(
  agents: readonly FleetAgent[],
  service: NonNullable<LoadFleetOptions["service"]>,
  problems: Problems,
): void {
  const owners = new Map<string, FleetAgent>();
  for (const agent of agents) {
    const key = serviceKeyOf(agent, service, problems);
    if (key === undefined) continue;
    const owner = owners.get(key);
    if (owner === undefined) owners.set(key, agent);
    else
      problems.add(
        agent.place,
        `The agents \`${owner.name}\` (line ${owner.place.line}) and \`${agent.name}\` would both be \`${key}\` in the service.`,
      );
  }
}

function serviceKeyOf(
  agent: FleetAgent,
  service: NonNullable<LoadFleetOptions["service"]>,
  problems: Problems,
): string | undefined {
  try {
    return service.toServiceKey(service.toServiceName(agent.name));
  } catch (thrown) {
    problems.add(agent.place, TenureError.from(thrown).message);
    return undefined;
  }
}
