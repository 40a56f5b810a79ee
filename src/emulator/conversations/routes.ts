import { unixSeconds } from "../clock.ts";
import { invalidPayload, ServiceError } from "../errors.ts";
import type { Handler, Route, RouteContext } from "../http/route.ts";
import { isJsonObject, type JsonObject } from "../json.ts";
import type { Item } from "../model/items.ts";
import type { ConversationRecord } from "../state.ts";
import { findConversation } from "./find.ts";
import { readItems } from "./input-items.ts";
import { readMetadata } from "./metadata.ts";
import { itemPage, listOf } from "./paging.ts";

// OpenAI's limit for one call: ConversationCreateParams and ItemCreateParams of the openai package.
const MAXIMUM_ITEMS_PER_CALL = 20;

function show(conversation: ConversationRecord): JsonObject {
  const { id, createdAt, metadata } = conversation;
  return { id, object: "conversation", created_at: createdAt, metadata: { ...metadata } };
}

async function readBody(context: RouteContext): Promise<JsonObject> {
  const body = await context.json();
  if (!isJsonObject(body)) throw invalidPayload("body", "Expected a JSON object.");
  return body;
}

function readNewItems(body: JsonObject, context: RouteContext): Item[] {
  const items = readItems(body["items"] ?? [], "items", context.ids);
  if (items.length > MAXIMUM_ITEMS_PER_CALL) {
    throw invalidPayload("items", `Expected at most ${MAXIMUM_ITEMS_PER_CALL} items, got ${items.length}.`);
  }
  return items;
}

function target(context: RouteContext): ConversationRecord {
  return findConversation(context.state, context.params["conversation"] ?? "");
}

const create: Handler = async (context) => {
  const body = await readBody(context);
  const metadata = readMetadata(body["metadata"]);
  const items = readNewItems(body, context);
  const id = context.ids.next("conv");
  const conversation = { id, createdAt: unixSeconds(context.clock), metadata, items };
  context.state.conversations.set(id, conversation);
  context.state.counters.created.conversations += 1;
  return Response.json(show(conversation));
};

const read: Handler = (context) => Response.json(show(target(context)));

const update: Handler = async (context) => {
  const conversation = target(context);
  const body = await readBody(context);
  conversation.metadata = readMetadata(body["metadata"]);
  return Response.json(show(conversation));
};

const remove: Handler = (context) => {
  const { id } = target(context);
  context.state.conversations.delete(id);
  context.state.counters.deleted.conversations += 1;
  return Response.json({ id, object: "conversation.deleted", deleted: true });
};

const addItems: Handler = async (context) => {
  const conversation = target(context);
  const items = readNewItems(await readBody(context), context);
  conversation.items.push(...items);
  return Response.json(listOf(items));
};

const listItems: Handler = (context) => Response.json(itemPage(target(context).items, context.url.searchParams));

function positionOf(conversation: ConversationRecord, id: string): number {
  const position = conversation.items.findIndex((item) => item["id"] === id);
  if (position === -1) {
    throw new ServiceError(404, "not_found", `Item with id '${id}' not found in conversation '${conversation.id}'.`);
  }
  return position;
}

const readItem: Handler = (context) => {
  const conversation = target(context);
  return Response.json(conversation.items[positionOf(conversation, context.params["item"] ?? "")]);
};

const removeItem: Handler = (context) => {
  const conversation = target(context);
  conversation.items.splice(positionOf(conversation, context.params["item"] ?? ""), 1);
  return Response.json(show(conversation));
};

// The OpenAI client reaches a project through the first base, one agent's own endpoint through the second.
const BASES = ["/openai/v1", "/agents/:name/endpoint/protocols/openai"];

/** Conversations and their items, in the form of the OpenAI API. */
export const conversationRoutes: readonly Route[] = BASES.flatMap((base): Route[] => {
  const one = `${base}/conversations/:conversation`;
  return [
    { method: "POST", path: `${base}/conversations`, handler: create },
    { method: "GET", path: one, handler: read },
    { method: "POST", path: one, handler: update },
    { method: "DELETE", path: one, handler: remove },
    { method: "POST", path: `${one}/items`, handler: addItems },
    { method: "GET", path: `${one}/items`, handler: listItems },
    { method: "GET", path: `${one}/items/:item`, handler: readItem },
    { method: "DELETE", path: `${one}/items/:item`, handler: removeItem },
  ];
});
