import type { AgentKey, AgentRegistry, Page, RevisionRecord } from "../../registry/contract/index.ts";

/** Every revision of the agent that is not deleted, newest first, page by page. */
export function liveRevisions(registry: AgentRegistry, key: AgentKey): AsyncIterable<RevisionRecord> {
  return eachItem((cursor) =>
    registry.agents.listRevisions({ key, states: ["active", "retiring"], cursor, limit: 200 }),
  );
}

/** Walks a listing to its end. */
export async function* eachItem<Item>(
  readPage: (cursor: string | undefined) => Promise<Page<Item>>,
): AsyncGenerator<Item, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await readPage(cursor);
    yield* page.items;
    if (page.items.length === 0) return;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
