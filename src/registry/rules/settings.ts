import type { JsonObject, JsonValue } from "../../config/index.ts";
import type { SettingsPatch } from "../contract/index.ts";

/** The settings after the patch: `null` removes a member, an absent or undefined one stays. Members of members are replaced whole. */
export function patchSettings(settings: JsonObject, patch: SettingsPatch | undefined): JsonObject {
  const next: Record<string, JsonValue | undefined> = { ...settings };
  for (const [member, value] of Object.entries(patch ?? {})) {
    if (value === null) delete next[member];
    else if (value !== undefined) next[member] = value;
  }
  return next;
}
