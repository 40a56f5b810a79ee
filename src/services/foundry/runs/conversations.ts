import type { JsonObject } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import type { CallOptions, ConversationItem } from "../../contract/index.ts";
import { PAGE_LIMIT, readPages } from "../agents/pages.ts";
import { UnusableAnswer } from "../agents/read-version.ts";
import { unreadable } from "../http/foundry-http.ts";
import { isJsonObject, readText } from "../http/json.ts";
import type { RunSubject } from "./run-failure.ts";
import type { RunSender } from "./run-sender.ts";
import { readMessageText } from "./read-response.ts";

/** The service's conversations and their items. */
export class Conversations {
  readonly #sender: RunSender;

  constructor(sender: RunSender) {
    this.#sender = sender;
  }

  async create({
    metadata,
    signal,
  }: { readonly metadata?: Readonly<Record<string, string>> | undefined } & CallOptions = {}): Promise<{
    readonly id: string;
  }> {
    const subject: RunSubject = { request: "POST /conversations" };
    const { body, requestId } = await this.#sender.send({
      method: "post",
      path: "/conversations",
      body: { metadata },
      signal,
      subject,
    });
    const id = isJsonObject(body) ? readText(body, "id") : undefined;
    if (id === undefined) throw unreadable(subject.request, "no `id`", requestId);
    return { id };
  }

  /** `false` if the service does not know it. */
  async delete(conversationId: string, { signal }: CallOptions): Promise<boolean> {
    const path = conversationPath(conversationId);
    const subject: RunSubject = { request: `DELETE ${path}`, conversationId };
    try {
      await this.#sender.send({ method: "delete", path, signal, subject });
      return true;
    } catch (error) {
      if (error instanceof TenureError && error.code === "session_not_found") return false;
      throw error;
    }
  }

  /** Oldest first. */
  async *listItems(conversationId: string, { signal }: CallOptions): AsyncGenerator<ConversationItem, void> {
    const path = `${conversationPath(conversationId)}/items`;
    const subject: RunSubject = { request: `GET ${path}`, conversationId };
    const pages = readPages(async (after) => {
      const query = { order: "asc", limit: PAGE_LIMIT, ...(after === undefined ? {} : { after }) };
      const { body } = await this.#sender.read({ method: "get", path, query, signal, subject });
      return isJsonObject(body) ? body : null;
    });
    try {
      for await (const item of pages) if (isJsonObject(item)) yield toItem(item);
    } catch (error) {
      throw error instanceof UnusableAnswer ? unreadable(subject.request, error.message) : error;
    }
  }
}

function toItem(item: JsonObject): ConversationItem {
  return {
    id: readText(item, "id") ?? "",
    type: readText(item, "type") ?? "message",
    role: readText(item, "role"),
    text: readMessageText(item),
    raw: item,
  };
}

function conversationPath(conversationId: string): string {
  if (conversationId === "")
    throw new TenureError("invalid_option", "Expected `conversationId` to be an id, got an empty text.");
  return `/conversations/${encodeURIComponent(conversationId)}`;
}
