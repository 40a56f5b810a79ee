import type { Fingerprint, JsonObject } from "../config/index.ts";

/** Until when something must not be deleted: epoch milliseconds, or for good. */
export type ProtectedUntil = number | "forever";

/** The revision that `current` is held at, if it is. New revisions are made and used all the same, but do not become current. */
export function pinnedOf(settings: JsonObject): Fingerprint | undefined {
  const { pinned } = settings;
  return typeof pinned === "string" && pinned.startsWith("v1:") ? (pinned as Fingerprint) : undefined;
}

/** The protection that still holds at `now`. */
export function protectionOf(settings: JsonObject, now: number): ProtectedUntil | undefined {
  const { protectedUntil } = settings;
  if (protectedUntil === "forever") return "forever";
  return typeof protectedUntil === "number" && protectedUntil > now ? protectedUntil : undefined;
}

/** A protection as it is told: ISO 8601, or `forever`. */
export function shownProtection(until: ProtectedUntil): string {
  return until === "forever" ? until : new Date(until).toISOString();
}
