import type { AgentKey, AliasRecord, AliasStore, Page } from "../contract/index.ts";
import { agentNotFound, revisionNotFound } from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";
import { type Listing, pageFrom } from "./page.ts";

const ALIASES: Listing<AliasRecord> = { name: "aliases", shape: ["string"], keyOf: (record) => [record.alias] };

/** Aliases in memory. */
export class MemoryAliases implements AliasStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  get(params: { readonly key: AgentKey; readonly alias: string }): Promise<AliasRecord | undefined> {
    return this.#connection.run(() => this.#connection.store.agent(params.key)?.aliases.get(params.alias));
  }

  list(params: Parameters<AliasStore["list"]>[0]): Promise<Page<AliasRecord>> {
    return this.#connection.run(() =>
      pageFrom(this.#connection.store.agent(params.key)?.aliases.values() ?? [], ALIASES, params),
    );
  }

  set(params: Parameters<AliasStore["set"]>[0]): ReturnType<AliasStore["set"]> {
    return this.#connection.run(() => {
      const { key, alias, fingerprint, expected } = params;
      this.#connection.assertLease(params.lease, key);
      const agent = this.#connection.store.agent(key);
      if (agent === undefined) throw agentNotFound(key);
      const state = agent.revisions.get(fingerprint)?.record.state;
      if (state === undefined || state === "deleted") throw revisionNotFound(key, fingerprint);
      const known = agent.aliases.get(alias);
      if ((known?.moves ?? 0) !== expected) return { written: false, alias: known };
      const next: AliasRecord = Object.freeze({
        key: agent.record.key,
        alias,
        fingerprint,
        movedAt: this.#connection.now(),
        moves: expected + 1,
      });
      agent.aliases.set(alias, next);
      this.#connection.appendEvents(params.events);
      return { written: true, alias: next };
    });
  }

  delete(params: Parameters<AliasStore["delete"]>[0]): Promise<boolean> {
    return this.#connection.run(() => {
      this.#connection.assertLease(params.lease, params.key);
      const isDeleted = this.#connection.store.agent(params.key)?.aliases.delete(params.alias) ?? false;
      if (isDeleted) this.#connection.appendEvents(params.events);
      return isDeleted;
    });
  }
}
