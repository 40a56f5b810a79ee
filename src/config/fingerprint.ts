import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import { TenureError } from "../errors/index.ts";
import type { Fingerprint } from "./agent-config.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/**
 * `v1:` and the SHA-256 (hexadecimal) of the definition's RFC 8785 JSON in UTF-8; `docs/fingerprint.md` says how to compute it elsewhere.
 *
 * It takes the definition as it is: what means the same is made equal by `normalizeConfig` before. Throws `invalid_config` for what RFC 8785 cannot
 * write (unpaired surrogates, `NaN`, infinities).
 */
export function fingerprintOf(definition: JsonObject): Fingerprint {
  return `v1:${hash("sha256", canonicalText(definition), "hex")}`;
}

/** The RFC 8785 JSON text of a value. Throws `invalid_config`. */
export function canonicalText(value: JsonValue): string {
  const text = tryCanonicalize(value);
  if (text === undefined) throw new TenureError("invalid_config", "Expected the definition to be JSON, got undefined");
  return text;
}

function tryCanonicalize(value: JsonValue): string | undefined {
  try {
    return canonicalize(value);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TenureError("invalid_config", `The definition has no canonical JSON: ${reason}`, { cause: thrown });
  }
}
