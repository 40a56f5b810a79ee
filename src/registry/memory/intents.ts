import type {
  AgentKey,
  AgentRecord,
  IntentRecord,
  IntentStore,
  NewAgent,
  NewRevision,
  Page,
  RevisionRecord,
} from "../contract/index.ts";
import { serviceNameTaken } from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";
import { copyRecord } from "./copy.ts";
import { type Listing, pageFrom } from "./page.ts";
import type { Ordered, StoredAgent } from "./store.ts";

const INTENTS: Listing<Ordered<IntentRecord>> = {
  name: "intents",
  shape: ["number", "number"],
  keyOf: ({ record, order }) => [record.createdAt, order],
};

export class MemoryIntents implements IntentStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  create(params: Parameters<IntentStore["create"]>[0]): Promise<IntentRecord> {
    return this.#connection.run(() => {
      const { lease, intent } = params;
      this.#connection.assertLease(lease, intent.key);
      const agent = this.#agentFor(intent.key, params.agent);
      const known = agent.intents.get(intent.id);
      if (known !== undefined) return known.record;
      const record = copyRecord<IntentRecord>({
        ...intent,
        fence: lease.fence,
        holder: lease.holder,
        createdAt: this.#connection.now(),
      });
      agent.intents.set(record.id, { record, order: this.#connection.store.nextOrder() });
      this.#connection.appendEvents(params.events);
      return record;
    });
  }

  commit(
    params: Parameters<IntentStore["commit"]>[0],
  ): Promise<{ readonly agent: AgentRecord; readonly revision: RevisionRecord }> {
    return this.#connection.run(() => {
      const { key } = params.revision;
      this.#connection.assertLease(params.lease, key);
      const agent = this.#agentFor(key, params.agent);
      if (params.intentId !== undefined) agent.intents.delete(params.intentId);
      const revision = this.#putRevision(agent, params.revision);
      if (params.makeCurrent) agent.record = copyRecord({ ...agent.record, current: revision.fingerprint });
      this.#connection.appendEvents(params.events);
      return { agent: agent.record, revision };
    });
  }

  drop(params: Parameters<IntentStore["drop"]>[0]): Promise<void> {
    return this.#connection.run(() => {
      this.#connection.assertLease(params.lease, params.key);
      const agent = this.#connection.store.agent(params.key);
      if (agent?.intents.delete(params.intentId) !== true) return;
      if (agent.intents.size === 0 && agent.revisions.size === 0) this.#connection.store.deleteAgent(params.key);
      this.#connection.appendEvents(params.events);
    });
  }

  list(params: Parameters<IntentStore["list"]>[0]): Promise<Page<IntentRecord>> {
    return this.#connection.run(() => {
      const agents = this.#connection.store.agents().filter(({ record: { key } }) => isAsked(key, params));
      const page = pageFrom(
        agents.flatMap((agent) => [...agent.intents.values()]),
        INTENTS,
        params,
      );
      return { ...page, items: page.items.map(({ record }) => record) };
    });
  }

  #agentFor(key: AgentKey, facts: NewAgent): StoredAgent {
    const { store } = this.#connection;
    const known = store.agent(key);
    if (known !== undefined) return known;
    const owner = facts.serviceKey === undefined ? undefined : store.agentByServiceKey(key.location, facts.serviceKey);
    if (owner !== undefined) throw serviceNameTaken(facts.serviceName, key, owner.record.key);
    const { serviceName, serviceKey, ephemeralOwner, settings = {} } = facts;
    return store.addAgent(
      copyRecord({
        key,
        serviceName,
        serviceKey,
        createdAt: this.#connection.now(),
        current: undefined,
        ephemeralOwner,
        settings,
      }),
    );
  }

  #putRevision(agent: StoredAgent, revision: NewRevision): RevisionRecord {
    const known = agent.revisions.get(revision.fingerprint);
    const isLive = known !== undefined && known.record.state !== "deleted";
    const record = copyRecord<RevisionRecord>({
      ...revision,
      state: "active",
      createdAt: isLive ? known.record.createdAt : this.#connection.now(),
      markedAt: undefined,
      settings: known?.record.settings ?? {},
    });
    agent.revisions.set(record.fingerprint, {
      record,
      order: isLive ? known.order : this.#connection.store.nextOrder(),
    });
    return record;
  }
}

function isAsked(
  key: AgentKey,
  params: { readonly location: string; readonly scope?: string | undefined; readonly name?: string | undefined },
): boolean {
  return (
    key.location === params.location &&
    (params.scope === undefined || key.scope === params.scope) &&
    (params.name === undefined || key.name === params.name)
  );
}
