import { unexpected } from "./expectation.ts";
import { isPrintable } from "./names.ts";
import { refuseUnknownFields } from "./unknown-fields.ts";

/** What the service keeps for one agent alone: it goes when the agent goes. Ids as the service gave them. */
export interface OwnedNames {
  readonly vectorStores?: readonly string[] | undefined;
  readonly files?: readonly string[] | undefined;
  readonly conversations?: readonly string[] | undefined;
}

const KINDS = ["vectorStores", "files", "conversations"] as const;
/** Tenure's own limits: the list stands in the agent's record, which is read often. */
const MAX_IDS = 100;
const MAX_ID = 256;

/** The lists in normal form: all three, sorted, without repetitions. Throws `invalid_config` or `unknown_field`. */
export function readOwned(
  owned: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<keyof OwnedNames, readonly string[]>> | undefined {
  if (owned === undefined) return undefined;
  refuseUnknownFields(owned, KINDS);
  const { vectorStores, files, conversations } = owned;
  return Object.freeze({
    vectorStores: readIds("vectorStores", vectorStores),
    files: readIds("files", files),
    conversations: readIds("conversations", conversations),
  });
}

function readIds(kind: keyof OwnedNames, value: unknown): readonly string[] {
  if (value === undefined) return Object.freeze([]);
  const path = `owned.${kind}`;
  if (!Array.isArray(value) || value.length > MAX_IDS)
    throw unexpected(path, `a list of at most ${MAX_IDS} ids`, value);
  const ids = value.map((id: unknown, index) => {
    if (typeof id === "string" && isPrintable(id, MAX_ID)) return id;
    throw unexpected(`${path}[${index}]`, `an id of 1 to ${MAX_ID} printable characters`, id);
  });
  return Object.freeze([...new Set(ids)].sort());
}
