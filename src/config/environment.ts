import { unexpected } from "./expectation.ts";
import { assertScope } from "./names.ts";

/** What the environment says. A variable that is unset or blank is absent. */
export interface Environment {
  /** `FOUNDRY_PROJECT_ENDPOINT`, else `AZURE_AI_PROJECT_ENDPOINT`. Checked by the service that uses it. */
  readonly endpoint: string | undefined;
  /** `FOUNDRY_MODEL_NAME`, else `AZURE_AI_MODEL_DEPLOYMENT_NAME`. */
  readonly model: string | undefined;
  /** `TENURE_REGISTRY`: the path of a SQLite file, or a `postgres://` URL. */
  readonly registry: string | undefined;
  /** `TENURE_SCOPE`. */
  readonly scope: string | undefined;
  /** `DAILY_TOKEN_BUDGET`. */
  readonly dailyTokenBudget: number | undefined;
  /** `MAX_TOKENS_PER_REQUEST`. */
  readonly maxTokensPerRequest: number | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Reads the variables that Tenure knows. Throws `invalid_option` naming the variable that is wrong. */
export function readEnvironment(variables: Variables = process.env): Environment {
  return Object.freeze({
    endpoint: first(variables, "FOUNDRY_PROJECT_ENDPOINT", "AZURE_AI_PROJECT_ENDPOINT"),
    model: first(variables, "FOUNDRY_MODEL_NAME", "AZURE_AI_MODEL_DEPLOYMENT_NAME"),
    registry: first(variables, "TENURE_REGISTRY"),
    scope: scopeOf(first(variables, "TENURE_SCOPE")),
    dailyTokenBudget: tokens(variables, "DAILY_TOKEN_BUDGET"),
    maxTokensPerRequest: tokens(variables, "MAX_TOKENS_PER_REQUEST"),
  });
}

function first(variables: Variables, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const text = variables[name]?.trim();
    if (text !== undefined && text !== "") return text;
  }
  return undefined;
}

function scopeOf(scope: string | undefined): string | undefined {
  if (scope !== undefined) assertScope(scope, "TENURE_SCOPE");
  return scope;
}

function tokens(variables: Variables, name: string): number | undefined {
  const text = first(variables, name);
  if (text === undefined) return undefined;
  const count = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(count)) return count;
  throw unexpected(name, "a whole number of tokens from 0", text, "invalid_option");
}
