import type { EventRecord, EventStore, NewEvent, Page } from "../contract/index.ts";
import { encodeCursor, pageLimit } from "../rules/index.ts";
import type { MemoryConnection } from "./connection.ts";
import { type Listing, pageFromSorted } from "./page.ts";

const EVENTS: Listing<EventRecord> = { name: "events", shape: ["number"], keyOf: (event) => [event.sequence] };

export class MemoryEvents implements EventStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  append(params: { readonly events: readonly NewEvent[] }): Promise<void> {
    return this.#connection.run(() => this.#connection.appendEvents(params.events));
  }

  list(params: Parameters<EventStore["list"]>[0]): Promise<Page<EventRecord>> {
    return this.#connection.run(() => {
      const { items } = pageFromSorted(
        this.#connection.store.events,
        EVENTS,
        { ...params, limit: pageLimit(params) },
        (event) => isAsked(event, params),
      );
      const last = items.at(-1);
      return {
        items,
        cursor:
          last === undefined
            ? (params.cursor ?? encodeCursor(EVENTS.name, [0]))
            : encodeCursor(EVENTS.name, EVENTS.keyOf(last)),
      };
    });
  }

  delete(params: Parameters<EventStore["delete"]>[0]): Promise<number> {
    return this.#connection.run(() => {
      const { store } = this.#connection;
      const { location, scope, before } = params;
      const goes = (event: EventRecord): boolean =>
        event.location === location && event.at < before && (scope === undefined || event.scope === scope);
      const kept = store.events.filter((event) => !goes(event));
      const count = store.events.length - kept.length;
      store.events = kept;
      return count;
    });
  }
}

function isAsked(event: EventRecord, params: Parameters<EventStore["list"]>[0]): boolean {
  return (
    event.location === params.location &&
    (params.scope === undefined || event.scope === params.scope) &&
    (params.agentName === undefined || event.agentName === params.agentName) &&
    (params.types?.includes(event.type) ?? true) &&
    (params.since === undefined || event.at >= params.since)
  );
}
