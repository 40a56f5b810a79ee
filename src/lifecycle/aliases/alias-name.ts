import { TenureError } from "../../errors/index.ts";

/** Checks the name of an alias: 1 to 64 of letters, digits, `_`, `-` and `.`, beginning with a letter, so that no version is one. Throws `invalid_name`. */
export function assertAlias(alias: unknown): asserts alias is string {
  if (typeof alias === "string" && /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/.test(alias)) return;
  const shown = typeof alias === "string" ? JSON.stringify(alias.slice(0, 80)) : String(alias);
  throw new TenureError(
    "invalid_name",
    `Expected an alias of 1 to 64 letters, digits, \`_\`, \`-\` or \`.\` that begins with a letter, got ${shown}.`,
  );
}
