import { redact, TenureError } from "../../errors/index.ts";

/**
 * A handler's result as text for the model: a string as it is, anything else as JSON, nothing (`undefined`) as `null`. What JSON cannot say (a cycle,
 * a bigint, a function) rejects with `tool_failed`.
 */
export function toolOutput(name: string, result: unknown): string {
  if (typeof result === "string") return result;
  if (result === undefined) return "null";
  let text: string | undefined;
  try {
    // The declared type hides that a function or a symbol gives `undefined`.
    text = JSON.stringify(result) as string | undefined;
  } catch (thrown) {
    throw new TenureError(
      "tool_failed",
      `The result of ${name} cannot be written as JSON: ${TenureError.from(thrown).message}`,
      {
        cause: thrown,
      },
    );
  }
  if (text === undefined)
    throw new TenureError("tool_failed", `The result of ${name} is a ${typeof result}, which JSON cannot say.`);
  return text;
}

/** What the model is told instead of a result. Without stack and cause; secrets are taken out. */
export function toolErrorOutput(error: TenureError): string {
  return JSON.stringify({ error: { code: error.code, message: redact(error.message) } });
}
