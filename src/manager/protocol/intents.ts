import { type Fingerprint, fingerprintOf, type JsonObject, type RemoteRef } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { AgentKey, IntentRecord } from "../../registry/contract/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import { pinnedOf } from "../agent-settings.ts";
import { auditEvent } from "./audit.ts";
import type { ProtocolContext } from "./context.ts";
import { dropIntent, type Finishing } from "./drop-intent.ts";
import { finishDeletion } from "./finish-deletion.ts";
import { deleteFromService } from "./removal.ts";
import { isOurStamp } from "./target.ts";

/**
 * Ends the intents that others left on an agent, under its lease. What an intent made is committed, or removed if the registry already has a revision of
 * that fingerprint; what is not seen is waited for until `timeoutMs` and `lateMs` have passed, since a request may outlive its sender.
 *
 * Gives `true` if a revision was committed.
 */
export async function finishIntents(context: ProtocolContext, params: Finishing): Promise<boolean> {
  const items = await openIntents(context, params.key);
  if (items.length === 0) return false;
  const copies = await copiesByIntent(context, params, items);
  let committed = false;
  for (const intent of items) {
    if (intent.kind !== "create") await finishDeletion(context, params, intent);
    else if (await finishCreate(context, params, { intent, copies: copies.get(intent.id) ?? [] })) committed = true;
  }
  return committed;
}

/**
 * Ends the intents to create that copies tell of which the service has shown under the agent's lease, as `finishIntents` does: they had not arrived when that
 * looked. Gives the copies that no open intent made.
 */
export async function finishShown(
  context: ProtocolContext,
  params: Finishing & { readonly shown: readonly RemoteRevision[] },
): Promise<readonly RemoteRevision[]> {
  const left = new Set(params.shown);
  for (const intent of await openIntents(context, params.key)) {
    const copies = params.shown.filter(({ stamp }) => stamp?.intentId === intent.id);
    if (intent.kind !== "create" || copies.length === 0) continue;
    await finishCreate(context, params, { intent, copies });
    for (const copy of copies) left.delete(copy);
  }
  return [...left];
}

async function openIntents(context: ProtocolContext, key: AgentKey): Promise<readonly IntentRecord[]> {
  const { location, scope, name } = key;
  const { items } = await context.options.registry.intents.list({ location, scope, name, limit: 1000 });
  return items;
}

/** Every copy that carries the stamp of one of the intents, oldest first. */
async function copiesByIntent(
  context: ProtocolContext,
  params: Finishing,
  intents: readonly IntentRecord[],
): Promise<Map<string, RemoteRevision[]>> {
  const wanted = new Map<string, RemoteRevision[]>(
    intents.filter((intent) => intent.kind === "create").map((intent) => [intent.id, []]),
  );
  for (const serviceName of new Set(intents.map((intent) => intent.serviceName))) {
    if (wanted.size === 0) break;
    for await (const revision of context.options.service.listRevisions({ serviceName, signal: params.signal })) {
      if (isOurStamp(revision.stamp, params.key)) wanted.get(revision.stamp.intentId)?.unshift(revision);
    }
  }
  return wanted;
}

async function finishCreate(
  context: ProtocolContext,
  params: Finishing,
  found: { readonly intent: IntentRecord; readonly copies: readonly RemoteRevision[] },
): Promise<boolean> {
  const { registry, lateMs, timeoutMs } = context.options;
  const { intent, copies } = found;
  const { fingerprint } = intent;
  if (fingerprint === undefined) throw new TenureError("internal", `Intent ${intent.id} to create has no fingerprint.`);
  const [first] = copies;
  if (first === undefined) {
    const ageMs = (await registry.now()) - intent.createdAt;
    // The write may have been sent as late as its caller's time allowed, and arrive `lateMs` after that.
    if (ageMs > timeoutMs + lateMs) await dropIntent(context, params, { intent, result: "dropped" });
    return false;
  }
  const kept = await registeredCopy(context, params, { fingerprint, copies });
  const spare = copies.filter((copy) => copy.ref.id !== (kept ?? first.ref).id);
  for (const copy of spare)
    await removeDuplicate(context, {
      copy,
      kept: kept ?? first.ref,
      agentName: params.key.name,
      signal: params.signal,
    });
  if (kept !== undefined) {
    await dropIntent(context, params, { intent, result: "duplicate-removed" });
    return false;
  }
  await commitFound(context, params, { intent, copy: first });
  return true;
}

/** The copy that the registry has, if the service still has it too: without this look the last copy could be removed as a spare one. */
async function registeredCopy(
  context: ProtocolContext,
  params: Finishing,
  found: { readonly fingerprint: Fingerprint; readonly copies: readonly RemoteRevision[] },
): Promise<RemoteRef | undefined> {
  const { registry, service } = context.options;
  const known = await registry.agents.getRevision({ key: params.key, fingerprint: found.fingerprint });
  if (known === undefined || known.state === "deleted") return undefined;
  if (found.copies.some((copy) => copy.ref.id === known.remote.id)) return known.remote;
  const held = await service.getRevision({ ref: known.remote, signal: params.signal });
  return held === undefined ? undefined : known.remote;
}

/** Removes a copy that nobody uses: its stamp was read just now, and the registry knows another one. */
export async function removeDuplicate(
  context: ProtocolContext,
  params: {
    readonly copy: RemoteRevision;
    readonly kept: RemoteRevision["ref"];
    readonly agentName: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { copy, kept, agentName, signal } = params;
  if (copy.stamp === undefined) return;
  await deleteFromService(context, { kind: "revision", ref: copy.ref, signal });
  context.emit({ type: "recovery.duplicate", agentName, fingerprint: copy.stamp.fingerprint, remote: copy.ref, kept });
}

async function commitFound(
  context: ProtocolContext,
  params: Finishing,
  found: { readonly intent: IntentRecord; readonly copy: RemoteRevision },
): Promise<void> {
  const { intent, copy } = found;
  const { registry } = context.options;
  const { key } = params;
  if (copy.stamp === undefined) return;
  const makeCurrent = await becomesCurrent(context, { key, intent, fingerprint: copy.stamp.fingerprint });
  const payload = payloadOf(intent.payload);
  await registry.intents.commit({
    lease: params.held.lease,
    intentId: intent.id,
    revision: {
      key,
      fingerprint: copy.stamp.fingerprint,
      remote: copy.ref,
      definition: payload.definition,
      stored: copy.definition,
      storedFingerprint: fingerprintOf(copy.definition),
      stamped: true,
      model: payload.model,
      webSearchEnabled: payload.webSearchEnabled,
    },
    makeCurrent,
    agent: { serviceName: intent.serviceName, serviceKey: context.options.service.toServiceKey(intent.serviceName) },
    events: [
      auditEvent(context, { type: "recovery.committed", key, data: { intentId: intent.id, holder: intent.holder.id } }),
    ],
  });
  context.emit({ type: "recovery.intent", agentName: key.name, intentId: intent.id, result: "committed" });
}

/**
 * Whether what an intent made becomes current, as its holder would have made it. A revision that lives in the registry was written anew: it stays what it was.
 * A new one does unless the agent is pinned, or somebody has made a revision since the intent was written.
 */
async function becomesCurrent(
  { options: { registry } }: ProtocolContext,
  made: { readonly key: AgentKey; readonly intent: IntentRecord; readonly fingerprint: Fingerprint },
): Promise<boolean> {
  const { key, intent, fingerprint } = made;
  const agent = await registry.agents.get({ key });
  if (agent?.current === undefined) return true;
  const known = await registry.agents.getRevision({ key, fingerprint });
  if (known !== undefined && known.state !== "deleted") return agent.current === fingerprint;
  if (pinnedOf(agent.settings) !== undefined) return false;
  const current = await registry.agents.getRevision({ key, fingerprint: agent.current });
  return current === undefined || current.createdAt <= intent.createdAt;
}

function payloadOf(payload: JsonObject): { definition: JsonObject; model: string; webSearchEnabled: boolean } {
  const { definition, model, webSearchEnabled } = payload;
  if (typeof definition !== "object" || definition === null || Array.isArray(definition) || typeof model !== "string") {
    throw new TenureError("internal", "The payload of an intent to create is not whole.");
  }
  return { definition: definition as JsonObject, model, webSearchEnabled: webSearchEnabled === true };
}
