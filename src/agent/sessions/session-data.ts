import type { JsonObject, JsonValue } from "../../config/index.ts";
import { RESPONSES_MEMBER, responseIdsOf } from "../../manager/index.ts";

/** A turn of an imported session, which the model is shown once, before the first question. */
export interface SeedTurn {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** What a session record keeps in its `data` for the pipeline. Other members of `data` are left as they are. */
export interface SessionData {
  /** Whether the last run may have ended in the middle: its tool calls may be without an answer then. */
  readonly unsettled: boolean;
  /** Tokens in the conversation by the service's last count. */
  readonly carriedTokens: number;
  readonly seed: readonly SeedTurn[];
  /** The service's ids of the newest answers, which go with the conversation. */
  readonly responses: readonly string[];
}

/** Reads leniently: what another version wrote differently counts as absent. */
export function readSessionData(data: JsonObject): SessionData {
  const seed = data["seed"];
  return {
    unsettled: data["unsettled"] === true,
    carriedTokens: typeof data["carriedTokens"] === "number" ? data["carriedTokens"] : 0,
    seed: Array.isArray(seed) ? seed.flatMap(readTurn) : [],
    responses: responseIdsOf(data),
  };
}

/** `data` with the changes. What has its default is left out. */
export function writeSessionData(data: JsonObject, change: Partial<SessionData>): JsonObject {
  const next = { ...readSessionData(data), ...change };
  const {
    unsettled: _unsettled,
    carriedTokens: _carried,
    seed: _seed,
    [RESPONSES_MEMBER]: _responses,
    ...others
  } = data;
  return {
    ...others,
    ...(next.unsettled ? { unsettled: true } : {}),
    ...(next.carriedTokens > 0 ? { carriedTokens: next.carriedTokens } : {}),
    ...(next.seed.length > 0 ? { seed: next.seed.map(({ role, text }) => ({ role, text })) } : {}),
    ...(next.responses.length > 0 ? { [RESPONSES_MEMBER]: [...next.responses] } : {}),
  };
}

function readTurn(turn: JsonValue): SeedTurn[] {
  if (typeof turn !== "object" || turn === null || Array.isArray(turn)) return [];
  const { role, text } = turn as JsonObject;
  return (role === "user" || role === "assistant") && typeof text === "string" ? [{ role, text }] : [];
}
