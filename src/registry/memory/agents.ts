import type { Fingerprint } from "../../config/index.ts";
import {
  type AgentKey,
  type AgentRecord,
  agentResource,
  type AgentStore,
  type LookUp,
  type Page,
  type RevisionRecord,
} from "../contract/index.ts";
import { agentNotFound, patchSettings, revisionNotFound, stepRevision } from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";
import { copyRecord } from "./copy.ts";
import { type Listing, pageFrom, pageFromSorted } from "./page.ts";
import type { Ordered, StoredAgent } from "./store.ts";

const AGENTS: Listing<StoredAgent> = {
  name: "agents",
  shape: ["string", "string", "string"],
  keyOf: ({ record: { key } }) => [key.location, key.name, key.scope],
};
const REVISIONS: Listing<Ordered<RevisionRecord>> = {
  name: "revisions",
  shape: ["number", "number"],
  keyOf: ({ record, order }) => [-record.createdAt, -order],
};

export class MemoryAgents implements AgentStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  get(params: { readonly key: AgentKey }): Promise<AgentRecord | undefined> {
    return this.#connection.run(() => this.#connection.store.agent(params.key)?.record);
  }

  getByServiceKey(params: {
    readonly location: string;
    readonly serviceKey: string;
  }): Promise<AgentRecord | undefined> {
    return this.#connection.run(
      () => this.#connection.store.agentByServiceKey(params.location, params.serviceKey)?.record,
    );
  }

  list(params: Parameters<AgentStore["list"]>[0]): Promise<Page<AgentRecord>> {
    return this.#connection.run(() => {
      const isListed = ({ record: { key } }: StoredAgent): boolean =>
        key.location === params.location && (params.scope === undefined || key.scope === params.scope);
      const page = pageFromSorted(this.#connection.store.agents(), AGENTS, params, isListed);
      return { ...page, items: page.items.map((agent) => agent.record) };
    });
  }

  getRevision(params: {
    readonly key: AgentKey;
    readonly fingerprint: Fingerprint;
  }): Promise<RevisionRecord | undefined> {
    return this.#connection.run(
      () => this.#connection.store.agent(params.key)?.revisions.get(params.fingerprint)?.record,
    );
  }

  lookUp(params: { readonly key: AgentKey; readonly fingerprint: Fingerprint }): Promise<LookUp> {
    return this.#connection.run(() => ({
      revision: this.#connection.store.agent(params.key)?.revisions.get(params.fingerprint)?.record,
      held: this.#connection.heldLease(agentResource(params.key)),
    }));
  }

  listRevisions(params: Parameters<AgentStore["listRevisions"]>[0]): Promise<Page<RevisionRecord>> {
    return this.#connection.run(() => {
      const revisions = [...(this.#connection.store.agent(params.key)?.revisions.values() ?? [])];
      const listed = revisions.filter(({ record }) => params.states?.includes(record.state) ?? true);
      const page = pageFrom(listed, REVISIONS, params);
      return { ...page, items: page.items.map(({ record }) => record) };
    });
  }

  update(params: Parameters<AgentStore["update"]>[0]): Promise<AgentRecord> {
    return this.#connection.run(() => {
      const agent = this.#writable(params);
      if (params.current !== undefined) assertLive(agent, params.current);
      agent.record = copyRecord({
        ...agent.record,
        current: params.current ?? agent.record.current,
        settings: patchSettings(agent.record.settings, params.settings),
      });
      this.#connection.appendEvents(params.events);
      return agent.record;
    });
  }

  updateRevision(params: Parameters<AgentStore["updateRevision"]>[0]): Promise<RevisionRecord> {
    return this.#connection.run(() => {
      const agent = this.#writable(params);
      const stored = agent.revisions.get(params.fingerprint);
      if (stored === undefined) throw revisionNotFound(params.key, params.fingerprint);
      const { record } = stored;
      const next = copyRecord<RevisionRecord>({
        ...record,
        ...stepRevision(record, params.state, this.#connection.now()),
        settings: patchSettings(record.settings, params.settings),
        stored: params.stored ?? record.stored,
        storedFingerprint: params.storedFingerprint ?? record.storedFingerprint,
        remote: params.remote ?? record.remote,
        stamped: params.stamped ?? record.stamped,
      });
      agent.revisions.set(params.fingerprint, { ...stored, record: next });
      if (next.state === "deleted" && agent.record.current === params.fingerprint)
        agent.record = copyRecord({ ...agent.record, current: undefined });
      this.#connection.appendEvents(params.events);
      return next;
    });
  }

  delete(params: Parameters<AgentStore["delete"]>[0]): Promise<boolean> {
    return this.#connection.run(() => {
      this.#connection.assertLease(params.lease, params.key);
      const isDeleted = this.#connection.store.deleteAgent(params.key);
      this.#connection.appendEvents(params.events);
      return isDeleted;
    });
  }

  #writable(params: Pick<Parameters<AgentStore["update"]>[0], "lease" | "key">): StoredAgent {
    this.#connection.assertLease(params.lease, params.key);
    const agent = this.#connection.store.agent(params.key);
    if (agent === undefined) throw agentNotFound(params.key);
    return agent;
  }
}

function assertLive(agent: StoredAgent, fingerprint: Fingerprint): void {
  const state = agent.revisions.get(fingerprint)?.record.state;
  if (state === undefined || state === "deleted") throw revisionNotFound(agent.record.key, fingerprint);
}
