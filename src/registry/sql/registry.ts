import type { Runtime } from "../../runtime/index.ts";
import type { AgentRegistry, RegistryCapabilities } from "../contract/index.ts";
import { SqlAgents } from "./agents.ts";
import { SqlAliases } from "./aliases.ts";
import { SqlBudgets } from "./budgets.ts";
import { SqlCensusStore } from "./census.ts";
import { SqlConnection } from "./connection.ts";
import type { SqlDriver } from "./driver.ts";
import { SqlEvents } from "./events.ts";
import { SqlIntents } from "./intents.ts";
import { SqlLeases } from "./leases.ts";
import { SqlMeters } from "./meters.ts";
import { SqlProcesses } from "./processes.ts";
import { number } from "./records.ts";
import { SqlRuns } from "./runs.ts";
import { SqlScores } from "./scores.ts";
import { SqlSessions } from "./sessions.ts";
import { SqlUsage } from "./usage.ts";
import { rowOf } from "./work.ts";

/** The registry over any SQL engine that has a driver. */
export class SqlRegistry implements AgentRegistry {
  readonly capabilities: RegistryCapabilities;
  readonly agents: SqlAgents;
  readonly aliases: SqlAliases;
  readonly leases: SqlLeases;
  readonly intents: SqlIntents;
  readonly usage: SqlUsage;
  readonly sessions: SqlSessions;
  readonly events: SqlEvents;
  readonly processes: SqlProcesses;
  readonly budgets: SqlBudgets;
  readonly meters: SqlMeters;
  readonly runs: SqlRuns;
  readonly scores: SqlScores;
  readonly census: SqlCensusStore;
  readonly #connection: SqlConnection;

  constructor(driver: SqlDriver, runtime: Runtime) {
    this.capabilities = driver.capabilities;
    this.#connection = new SqlConnection(driver, runtime);
    this.agents = new SqlAgents(this.#connection);
    this.aliases = new SqlAliases(this.#connection);
    this.leases = new SqlLeases(this.#connection);
    this.intents = new SqlIntents(this.#connection);
    this.usage = new SqlUsage(this.#connection);
    this.sessions = new SqlSessions(this.#connection);
    this.events = new SqlEvents(this.#connection);
    this.processes = new SqlProcesses(this.#connection);
    this.budgets = new SqlBudgets(this.#connection);
    this.meters = new SqlMeters(this.#connection);
    this.runs = new SqlRuns(this.#connection);
    this.scores = new SqlScores(this.#connection);
    this.census = new SqlCensusStore(this.#connection);
  }

  open(): Promise<void> {
    return this.#connection.open();
  }

  async now(): Promise<number> {
    const { dialect } = this.#connection;
    const row = await this.#connection.read(() => rowOf(`SELECT ${dialect.now} AS now`));
    return number(row?.now);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
