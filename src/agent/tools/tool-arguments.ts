import type { LocalTool } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { describeIssues } from "../output/schema-issues.ts";

/**
 * The arguments as the handler takes them: parsed, and checked by the tool's own schema if it has one. Arguments that do not fit reject with
 * `tool_failed`; the message is for the model, which may correct itself.
 */
export async function readArguments(tool: LocalTool<never>, text: string): Promise<unknown> {
  const value = parse(tool.name, text);
  if (tool.schema === undefined) return value;
  const checked = await tool.schema["~standard"].validate(value);
  if (checked.issues === undefined) return checked.value;
  throw new TenureError(
    "tool_failed",
    `The arguments of ${tool.name} do not fit its schema: ${describeIssues(checked.issues)}`,
  );
}

function parse(name: string, text: string): unknown {
  // A tool without parameters may be called with nothing at all.
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (thrown) {
    throw new TenureError("tool_failed", `The arguments of ${name} are not JSON.`, { cause: thrown });
  }
}
