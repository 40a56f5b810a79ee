import { type Runtime, systemRuntime } from "../../runtime/index.ts";
import type { AgentRegistry, RegistryCapabilities } from "../contract/index.ts";
import { MemoryAgents } from "./agents.ts";
import { MemoryAliases } from "./aliases.ts";
import { MemoryBudgetStore } from "./budgets.ts";
import { MemoryCensusStore } from "./census.ts";
import { MemoryConnection } from "./connection.ts";
import { MemoryEvents } from "./events.ts";
import { MemoryIntents } from "./intents.ts";
import { MemoryLeases } from "./leases.ts";
import { MemoryMeterStore } from "./meters.ts";
import { MemoryProcesses } from "./processes.ts";
import { MemoryRunStore } from "./runs.ts";
import { MemoryScoreStore } from "./scores.ts";
import { MemorySessions } from "./sessions.ts";
import { MemoryStore } from "./store.ts";
import { MemoryUsage } from "./usage.ts";

/** What a `MemoryRegistry` can be told. */
export interface MemoryRegistryOptions {
  /** What to work on; several registries may share one. Default: a store of its own. */
  readonly store?: MemoryStore | undefined;
  /** Time and chance. Default: the machine's. */
  readonly runtime?: Runtime | undefined;
}

/**
 * A registry in the memory of this process: for tests, and for programs of one process whose agents are found again by their stamps.
 * What it knows ends with its store.
 */
export class MemoryRegistry implements AgentRegistry {
  readonly capabilities: RegistryCapabilities = { sharedBy: "process", durable: false };
  /** Give it to another `MemoryRegistry` to share it, also after this one was closed. */
  readonly store: MemoryStore;
  readonly agents: MemoryAgents;
  readonly aliases: MemoryAliases;
  readonly leases: MemoryLeases;
  readonly intents: MemoryIntents;
  readonly usage: MemoryUsage;
  readonly sessions: MemorySessions;
  readonly events: MemoryEvents;
  readonly processes: MemoryProcesses;
  readonly budgets: MemoryBudgetStore;
  readonly meters: MemoryMeterStore;
  readonly runs: MemoryRunStore;
  readonly scores: MemoryScoreStore;
  readonly census: MemoryCensusStore;
  readonly #connection: MemoryConnection;

  constructor(options: MemoryRegistryOptions = {}) {
    this.store = options.store ?? new MemoryStore();
    this.#connection = new MemoryConnection(this.store, options.runtime ?? systemRuntime);
    this.agents = new MemoryAgents(this.#connection);
    this.aliases = new MemoryAliases(this.#connection);
    this.leases = new MemoryLeases(this.#connection);
    this.intents = new MemoryIntents(this.#connection);
    this.usage = new MemoryUsage(this.#connection);
    this.sessions = new MemorySessions(this.#connection);
    this.events = new MemoryEvents(this.#connection);
    this.processes = new MemoryProcesses(this.#connection);
    this.budgets = new MemoryBudgetStore(this.#connection);
    this.meters = new MemoryMeterStore(this.#connection);
    this.runs = new MemoryRunStore(this.#connection);
    this.scores = new MemoryScoreStore(this.#connection);
    this.census = new MemoryCensusStore(this.#connection);
  }

  open(): Promise<void> {
    return this.#connection.run(() => undefined);
  }

  now(): Promise<number> {
    return this.#connection.run(() => this.#connection.now());
  }

  close(): Promise<void> {
    this.#connection.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
