import type { JsonObject } from "../../config/index.ts";
import type { ModelInput } from "../pipeline/run-scope.ts";

/**
 * The first input of a run. `before` goes ahead of the question: answers that an earlier run owes the model, turns of an imported session.
 * A bare question stays bare text, which is what the service documents first.
 */
export function userInput(query: string, parts: readonly JsonObject[], before: readonly JsonObject[]): ModelInput {
  if (parts.length === 0 && before.length === 0) return query;
  const content = parts.length === 0 ? query : [{ type: "input_text", text: query }, ...parts];
  return [...before, { type: "message", role: "user", content }];
}
