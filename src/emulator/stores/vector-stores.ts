import { unixSeconds } from "../clock.ts";
import { readMetadata } from "../conversations/metadata.ts";
import { itemPage } from "../conversations/paging.ts";
import { invalidPayload, ServiceError } from "../errors.ts";
import type { Handler, Route, RouteContext } from "../http/route.ts";
import { describeValue, isJsonObject } from "../json.ts";
import type { StoredObject } from "../state.ts";
import { findFile } from "./files.ts";

const create: Handler = async (context) => {
  const body = await context.json();
  if (!isJsonObject(body)) throw invalidPayload("body", "Expected a JSON object.");
  const { name = null, expires_after = null } = body;
  if (name !== null && typeof name !== "string")
    throw invalidPayload("name", `Expected a string, got ${describeValue(name)}.`);
  const files = readFileIds(body["file_ids"]).map((id) => findFile(context.state, id));
  const createdAt = unixSeconds(context.clock);
  const store: StoredObject = {
    id: context.ids.next("vs"),
    object: "vector_store",
    created_at: createdAt,
    last_active_at: createdAt,
    name,
    // Nothing is indexed: what it was given counts as done at once.
    status: "completed",
    usage_bytes: files.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    file_counts: { in_progress: 0, completed: files.length, failed: 0, cancelled: 0, total: files.length },
    expires_after,
    metadata: readMetadata(body["metadata"]),
  };
  context.state.vectorStores.set(store.id, store);
  return Response.json(store);
};

function readFileIds(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  const isList = Array.isArray(value) && value.every((id): id is string => typeof id === "string");
  if (!isList) throw invalidPayload("file_ids", `Expected a list of strings, got ${describeValue(value)}.`);
  return value;
}

function target(context: RouteContext): StoredObject {
  const { store: id = "" } = context.params;
  const store = context.state.vectorStores.get(id);
  if (store === undefined) throw new ServiceError(404, "not_found", `No vector store found with id '${id}'.`);
  return store;
}

const read: Handler = (context) => Response.json(target(context));

const list: Handler = (context) =>
  Response.json(itemPage([...context.state.vectorStores.values()], context.url.searchParams));

const remove: Handler = (context) => {
  const { id } = target(context);
  context.state.vectorStores.delete(id);
  return Response.json({ id, object: "vector_store.deleted", deleted: true });
};

/** Vector stores in the form of the OpenAI API, without search. */
export const vectorStoreRoutes: readonly Route[] = [
  { method: "POST", path: "/openai/v1/vector_stores", handler: create },
  { method: "GET", path: "/openai/v1/vector_stores", handler: list },
  { method: "GET", path: "/openai/v1/vector_stores/:store", handler: read },
  { method: "DELETE", path: "/openai/v1/vector_stores/:store", handler: remove },
];
