import type { Fingerprint } from "../../config/index.ts";
import type {
  AgentKey,
  AgentRecord,
  AliasRecord,
  EventRecord,
  IntentRecord,
  Lease,
  MeterDelta,
  RevisionRecord,
  RunEntry,
  ScoreDelta,
  SessionRecord,
  UsageRecord,
} from "../contract/index.ts";
import { compareText, Waiters } from "../rules/index.ts";
import { BudgetBook } from "./budget-book.ts";

/** A record with the order in which the store first saw it. */
export interface Ordered<Item> {
  readonly record: Item;
  readonly order: number;
}

/** Everything that goes when the agent goes. */
export interface StoredAgent {
  record: AgentRecord;
  readonly revisions: Map<Fingerprint, Ordered<RevisionRecord>>;
  readonly aliases: Map<string, AliasRecord>;
  readonly intents: Map<string, Ordered<IntentRecord>>;
  readonly sessions: Map<string, SessionRecord>;
  readonly usage: Map<Fingerprint, UsageRecord>;
}

/** What a `MemoryStore` can be told. */
export interface MemoryStoreOptions {
  /** The clock of the registry, epoch milliseconds. Default: the clock of whichever connection asks. */
  readonly now?: (() => number) | undefined;
}

/**
 * What several `MemoryRegistry` share, as several connections share a database. It never closes.
 * Records are frozen and replaced, never changed.
 */
export class MemoryStore {
  readonly now: (() => number) | undefined;
  readonly leases: Map<string, Lease> = new Map();
  readonly batches: Map<string, number> = new Map();
  readonly endedProcesses: Set<string> = new Set();
  readonly waiters: Waiters = new Waiters();
  readonly budgets: BudgetBook = new BudgetBook();
  readonly meters: Map<string, MeterDelta> = new Map();
  readonly runs: Map<string, RunEntry> = new Map();
  readonly scores: Map<string, ScoreDelta> = new Map();
  events: EventRecord[] = [];
  readonly #agents = new Map<string, StoredAgent>();
  readonly #serviceKeys = new Map<string, StoredAgent>();
  #sorted: readonly StoredAgent[] | undefined;
  #order = 0;
  #sequence = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.now = options.now;
  }

  agent(key: AgentKey): StoredAgent | undefined {
    return this.#agents.get(keyText(key));
  }

  agentByServiceKey(location: string, serviceKey: string): StoredAgent | undefined {
    return this.#serviceKeys.get(JSON.stringify([location, serviceKey]));
  }

  /** By location, name, scope. */
  agents(): readonly StoredAgent[] {
    this.#sorted ??= [...this.#agents.values()].sort(
      ({ record: { key: a } }, { record: { key: b } }) =>
        compareText(a.location, b.location) || compareText(a.name, b.name) || compareText(a.scope, b.scope),
    );
    return this.#sorted;
  }

  addAgent(record: AgentRecord): StoredAgent {
    const agent: StoredAgent = {
      record,
      revisions: new Map(),
      aliases: new Map(),
      intents: new Map(),
      sessions: new Map(),
      usage: new Map(),
    };
    this.#agents.set(keyText(record.key), agent);
    if (record.serviceKey !== undefined)
      this.#serviceKeys.set(JSON.stringify([record.key.location, record.serviceKey]), agent);
    this.#sorted = undefined;
    return agent;
  }

  deleteAgent(key: AgentKey): boolean {
    const serviceKey = this.agent(key)?.record.serviceKey;
    if (serviceKey !== undefined) this.#serviceKeys.delete(JSON.stringify([key.location, serviceKey]));
    this.#sorted = undefined;
    return this.#agents.delete(keyText(key));
  }

  /** Grows with every call: breaks ties between records of the same millisecond. */
  nextOrder(): number {
    this.#order += 1;
    return this.#order;
  }

  nextSequence(): number {
    this.#sequence += 1;
    return this.#sequence;
  }
}

function keyText(key: AgentKey): string {
  return JSON.stringify([key.location, key.scope, key.name]);
}
