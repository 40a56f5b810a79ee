import { TenureError } from "../../errors/index.ts";
import { shown } from "../../config/expectation.ts";
import { type BudgetRule, DEFAULT_DAILY_TOKENS, DEFAULT_REQUEST_TOKENS } from "./options.ts";

/**
 * The two limits of the environment: `DAILY_TOKEN_BUDGET` (default 1,000,000) over everything and day, `MAX_TOKENS_PER_REQUEST` (default 4,000).
 * Anything but a whole number from 0 up is refused with `invalid_option`; an empty value counts as absent.
 */
export function budgetsFromEnvironment(env: Readonly<Record<string, string | undefined>>): readonly BudgetRule[] {
  return [
    {
      name: "daily-tokens",
      scope: "all",
      window: "day",
      tokens: read(env, "DAILY_TOKEN_BUDGET", DEFAULT_DAILY_TOKENS),
    },
    {
      name: "request-tokens",
      scope: "all",
      window: "request",
      tokens: read(env, "MAX_TOKENS_PER_REQUEST", DEFAULT_REQUEST_TOKENS),
    },
  ];
}

function read(env: Readonly<Record<string, string | undefined>>, name: string, fallback: number): number {
  const text = env[name]?.trim() ?? "";
  if (text === "") return fallback;
  const value = /^\d[\d_]*$/.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new TenureError(
    "invalid_option",
    `Expected ${name} to be a whole number of tokens from 0 up, got ${shown(env[name])}.`,
    {
      hint: `Correct or remove the variable; without it ${fallback} holds.`,
    },
  );
}
