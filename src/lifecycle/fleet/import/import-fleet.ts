import type { JsonObject, JsonValue } from "../../../config/index.ts";
import type { ManagerCore } from "../../../manager/index.ts";
import type { RemoteAgent } from "../../../services/contract/index.ts";
import { keyOf, type LifecycleCallOptions } from "../../under-lease.ts";
import { type Importable, toEntry } from "./to-entry.ts";

/** Where editors find the schema of the file. */
const SCHEMA_LINE = "# yaml-language-server: $schema=./node_modules/tenure/schemas/tenure.schema.json";

/**
 * A fleet file of what the service holds, piece by piece, one agent at a time: this scope's agents and those that nobody stamped. Agents of other scopes,
 * agents of one process, and what the file could not say exactly stand in it as comments. Applied as it is, it changes nothing in the service.
 */
export async function* importFleet(
  core: ManagerCore,
  options: LifecycleCallOptions = {},
): AsyncGenerator<string, void, undefined> {
  const { stringify } = await import("yaml");
  yield `${SCHEMA_LINE}\nversion: 1\nagents:`;
  let count = 0;
  for await (const remote of core.options.service.listAgents({ signal: options.signal })) {
    const found = await importable(core, remote);
    const entry = typeof found === "string" ? undefined : toEntry(found);
    if (typeof found === "string" || entry === undefined) {
      const reason = typeof found === "string" ? found : "a fleet file cannot say its definition exactly";
      yield `\n  # ${commentText(remote.serviceName)} is left out: ${commentText(reason)}.`;
      continue;
    }
    count += 1;
    const text = stringify(
      { [found.agentName]: escapeVariables(entry) },
      { lineWidth: 0, aliasDuplicateObjects: false },
    );
    yield `\n${text.trimEnd().replaceAll(/^(?=.)/gm, "  ")}`;
  }
  yield count === 0 ? " {}\n" : "\n";
}

/** What the entry is made from; a text if the agent is not this fleet's to declare. */
async function importable(core: ManagerCore, { serviceName, latest }: RemoteAgent): Promise<Importable | string> {
  const { registry, scope } = core.options;
  const { stamp, definition, description, metadata } = latest;
  if (stamp === undefined) return { agentName: serviceName, definition, description, metadata };
  if (stamp.scope !== scope) return `it belongs to scope ${stamp.scope}`;
  if (stamp.ephemeralOwner !== undefined) return "it belongs to one process";
  const { agentName } = stamp;
  const key = keyOf(core, agentName);
  const record = await registry.agents.get({ key });
  // After a roll-back the latest version is not the one that counts.
  const current =
    record?.current === undefined ? undefined : await registry.agents.getRevision({ key, fingerprint: record.current });
  return { agentName, definition: current?.definition ?? definition, description, metadata };
}

/** `${` is a variable in a fleet file. */
function escapeVariables(value: JsonValue | undefined): JsonValue | undefined {
  if (typeof value === "string") return value.replaceAll("${", () => "$${");
  if (Array.isArray(value)) return value.map((item: JsonValue) => escapeVariables(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value as JsonObject).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, escapeVariables(member)]));
}

function commentText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
