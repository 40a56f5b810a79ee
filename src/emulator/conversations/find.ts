import { ServiceError } from "../errors.ts";
import type { ConversationRecord, EmulatorState } from "../state.ts";

/** Finds a conversation. Throws a `ServiceError` 404 `not_found`. */
export function findConversation(state: EmulatorState, id: string): ConversationRecord {
  const conversation = state.conversations.get(id);
  if (conversation === undefined) {
    throw new ServiceError(404, "not_found", `Conversation with id '${id}' not found.`);
  }
  return conversation;
}

/** Ids of the conversations that a response is being made in, per state. Not part of the state: after a restart nothing runs. */
const running = new WeakMap<EmulatorState, Set<string>>();

/**
 * Holds the conversation for one response; the returned function lets it go, and may be called more than once.
 * Throws a `ServiceError` 400 `conversation_locked` while another response holds it, in OpenAI's words
 * (https://github.com/paulgmiller/careme/issues/379).
 */
export function lockConversation(state: EmulatorState, id: string | undefined): () => void {
  if (id === undefined) return () => {};
  const held = running.get(state) ?? new Set();
  running.set(state, held);
  if (held.has(id)) {
    const message = "Another process is currently operating on this conversation. Please retry in a few seconds.";
    throw new ServiceError(400, "conversation_locked", message, { param: "conversation" });
  }
  held.add(id);
  let isHeld = true;
  return () => {
    if (isHeld) held.delete(id);
    isHeld = false;
  };
}
