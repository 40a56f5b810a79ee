import assert from "node:assert/strict";
import type { Fingerprint } from "../../config/index.ts";
import {
  type AgentKey,
  type AgentRecord,
  type AgentRegistry,
  agentResource,
  type IntentRecord,
  type Lease,
  type NewAgent,
  type NewEvent,
  type NewRevision,
  type Page,
  type ProcessIdentity,
  type RevisionRecord,
  type UsageDelta,
} from "../../registry/contract/index.ts";

export const LOCATION = "https://conformance.example/api/projects/suite";
export const SCOPE = "suite";

/** A host that no real process runs on, so that nothing can be known of these. */
export const ALICE: ProcessIdentity = { id: "process-alice", host: "host.invalid", pid: 11 };
export const BOB: ProcessIdentity = { id: "process-bob", host: "host.invalid", pid: 12 };

export function keyOf(name: string, scope: string = SCOPE): AgentKey {
  return { location: LOCATION, scope, name };
}

/** A fingerprint of the right form; equal numbers give equal ones, greater numbers greater ones. */
export function fingerprint(seed: number): Fingerprint {
  return `v1:${seed.toString(16).padStart(64, "0")}`;
}

/** Claims the agent's lease, and expects to get it. */
export async function hold(
  registry: AgentRegistry,
  key: AgentKey,
  holder: ProcessIdentity = ALICE,
  ttlMs = 30_000,
): Promise<Lease> {
  const result = await registry.leases.claim({ resource: agentResource(key), holder, ttlMs });
  assert.equal(result.outcome, "claimed");
  return result.lease;
}

export function newAgent(key: AgentKey): NewAgent {
  return { serviceName: key.name, serviceKey: `${key.scope}/${key.name}` };
}

export function newIntent(key: AgentKey, id: string, seed = 1): Omit<IntentRecord, "fence" | "holder" | "createdAt"> {
  return {
    id,
    key,
    kind: "create",
    serviceName: key.name,
    fingerprint: fingerprint(seed),
    payload: { definition: { seed }, text: "ü\u2028😀" },
  };
}

export function newRevision(key: AgentKey, seed = 1): NewRevision {
  return {
    key,
    fingerprint: fingerprint(seed),
    remote: { id: `${key.name}:${seed}`, name: key.name, version: String(seed) },
    definition: { model: "gpt-4.1", instructions: `Be ${seed}. "quoted" \u0001 ü 😀`, deep: [1, null, { a: true }] },
    stored: { model: "gpt-4.1", instructions: `Be ${seed}.`, added: "by the service" },
    storedFingerprint: fingerprint(seed + 1000),
    stamped: true,
    model: "gpt-4.1",
    webSearchEnabled: seed % 2 === 0,
  };
}

/** Brings an agent or one more revision into being, as the manager does, and gives the lease back. */
export async function commit(
  registry: AgentRegistry,
  key: AgentKey,
  seed = 1,
): Promise<{ readonly agent: AgentRecord; readonly revision: RevisionRecord }> {
  const lease = await hold(registry, key);
  const revision = newRevision(key, seed);
  const made = await registry.intents.commit({
    lease,
    intentId: undefined,
    revision,
    makeCurrent: true,
    agent: newAgent(key),
  });
  await registry.leases.release({ lease });
  return made;
}

export function newEvent(type: string, agentName: string | undefined, at: number, scope: string = SCOPE): NewEvent {
  return {
    type,
    location: LOCATION,
    scope,
    agentName,
    at,
    actor: ALICE,
    data: { type, note: "'; DROP TABLE events; --" },
  };
}

/** A delta of `uses` uses, all of them reuses, and as many of everything else. */
export function delta(key: AgentKey, seed: number, uses: number, lastUsedAt: number): UsageDelta {
  return {
    key,
    fingerprint: fingerprint(seed),
    uses,
    creations: 0,
    reuses: uses,
    runs: uses,
    failedRuns: uses,
    unpricedRuns: uses,
    inputTokens: uses,
    cachedInputTokens: uses,
    outputTokens: uses,
    reasoningTokens: uses,
    costPico: BigInt(uses),
    lastUsedAt,
  };
}

/** Reads a listing to its end in pages of `limit`. */
export async function pages<Item>(
  limit: number,
  list: (request: { readonly limit: number; readonly cursor?: string | undefined }) => Promise<Page<Item>>,
): Promise<Item[][]> {
  const parts: Item[][] = [];
  let cursor: string | undefined;
  do {
    const page = await list({ limit, cursor });
    parts.push([...page.items]);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return parts;
}

/** Waits until both have had a turn, so that a promise that is wrong to resolve has the chance to. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol("pending");
  const turn = new Promise<symbol>((resolve) => setImmediate(() => resolve(pending)));
  return (await Promise.race([promise.catch(() => undefined), turn])) !== pending;
}
