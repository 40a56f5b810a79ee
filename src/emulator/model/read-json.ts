import { isJsonObject, type JsonObject } from "../json.ts";

/** The objects of a list; anything else in it, or anything that is no list, is left out. */
export function jsonObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The strings of a list; anything else in it, or anything that is no list, is left out. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((member) => typeof member === "string") : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
