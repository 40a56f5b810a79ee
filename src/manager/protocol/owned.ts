import type { JsonObject } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { type AgentRecord, agentResource } from "../../registry/contract/index.ts";
import { auditEvent } from "./audit.ts";
import type { ProtocolContext } from "./context.ts";
import { claimOrWait } from "./held-lease.ts";
import { eachItem } from "./live-revisions.ts";
import type { Resolution } from "./target.ts";

const KINDS = ["vectorStores", "files", "conversations"] as const;

type Kind = (typeof KINDS)[number];
type OwnedIds = Readonly<Record<Kind, readonly string[]>>;

/** What the agent's configuration named as its own, as the agent's settings keep it. */
export function ownedOf(settings: JsonObject): OwnedIds {
  const { owned } = settings;
  const lists = (typeof owned === "object" && owned !== null && !Array.isArray(owned) ? owned : {}) as JsonObject;
  return {
    vectorStores: idsOf(lists["vectorStores"]),
    files: idsOf(lists["files"]),
    conversations: idsOf(lists["conversations"]),
  };
}

function idsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === "string") : [];
}

/** Lets the agent's settings name what the configuration does. One that says nothing leaves them as they are, and costs nothing. */
export async function noteOwned(context: ProtocolContext, { target, deadline, look }: Resolution): Promise<void> {
  const { config, key } = target;
  const { agents } = context.options.registry;
  if (config.owned === undefined) return;
  const owned: OwnedIds = config.owned;
  for (;;) {
    deadline.check();
    if (isNoted(await look(() => agents.get({ key })), owned)) return;
    const held = await claimOrWait(context, { resource: agentResource(key), agentName: key.name, deadline });
    if (held === undefined) continue;
    try {
      const agent = await agents.get({ key });
      if (agent === undefined || isNoted(agent, owned)) return;
      const data = { cause: "getOrCreateAgent", before: { ...ownedOf(agent.settings) }, after: { ...owned } };
      const events = [auditEvent(context, { type: "agent.owned", key, data })];
      await agents.update({ lease: held.lease, key, settings: { owned: { ...owned } }, events });
      return;
    } catch (thrown) {
      if (TenureError.from(thrown).code !== "lease_lost") throw thrown;
    } finally {
      await held.release();
    }
  }
}

function isNoted(agent: AgentRecord | undefined, owned: OwnedIds): boolean {
  if (agent === undefined) return true;
  const noted = ownedOf(agent.settings);
  return KINDS.every((kind) => JSON.stringify(noted[kind]) === JSON.stringify(owned[kind]));
}

/**
 * Deletes what the agent owns and no other agent of the location names; what is gone already is fine. Gives how much of each was there. Looks through all
 * agents once, but only for one that owns something.
 */
export async function deleteOwned(
  context: ProtocolContext,
  agent: AgentRecord,
  signal: AbortSignal | undefined,
): Promise<JsonObject> {
  const owned = ownedOf(agent.settings);
  if (KINDS.every((kind) => owned[kind].length === 0)) return {};
  const others = await namedByOthers(context, agent);
  const deleted = { vectorStores: 0, files: 0, conversations: 0, shared: 0 };
  for (const kind of KINDS) {
    for (const id of owned[kind]) {
      if (others.has(`${kind} ${id}`)) deleted.shared += 1;
      else if (await deleteOne(context, { kind, id, signal })) deleted[kind] += 1;
    }
  }
  return deleted;
}

async function namedByOthers({ options }: ProtocolContext, agent: AgentRecord): Promise<ReadonlySet<string>> {
  const { location, scope, name } = agent.key;
  const own = ownedOf(agent.settings);
  const named = new Set<string>();
  const all = eachItem((cursor) => options.registry.agents.list({ location, cursor, limit: 200 }));
  for await (const { key, settings } of all) {
    if (key.scope === scope && key.name === name) continue;
    const theirs = ownedOf(settings);
    for (const kind of KINDS) for (const id of theirs[kind]) if (own[kind].includes(id)) named.add(`${kind} ${id}`);
  }
  return named;
}

async function deleteOne(
  { options }: ProtocolContext,
  what: { readonly kind: Kind; readonly id: string; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { kind, id, signal } = what;
  const { runs, resources } = options.service;
  if (kind === "conversations") return await runs.deleteConversation({ conversationId: id, signal });
  const resource = kind === "files" ? "file" : "vector-store";
  return (await resources?.delete({ kind: resource, id, signal })) === true;
}
