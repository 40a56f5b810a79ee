import type { JsonObject, JsonValue } from "../../../config/index.ts";
import type { ContentFinding } from "../../contract/index.ts";
import { isJsonObject, readText } from "../http/json.ts";

/** What is not plainly safe in the `content_filters` of a response or an error. What cannot be read is left out. */
export function readContentFindings(filters: unknown): readonly ContentFinding[] {
  if (!Array.isArray(filters)) return [];
  return filters.filter(isJsonObject).flatMap(readFilter);
}

function readFilter(filter: JsonObject): readonly ContentFinding[] {
  const source = filter["source_type"] === "prompt" ? "prompt" : "completion";
  const results = filter["content_filter_results"];
  if (!isJsonObject(results)) return [];
  return Object.entries(results).flatMap(([category, result]) => readFinding(source, category, result));
}

function readFinding(
  source: ContentFinding["source"],
  category: string,
  result: JsonValue | undefined,
): readonly ContentFinding[] {
  if (!isJsonObject(result)) return [];
  const severity = readText(result, "severity");
  const filtered = result["filtered"] === true;
  const detected = typeof result["detected"] === "boolean" ? { detected: result["detected"] } : {};
  if (!filtered && detected.detected !== true && (severity ?? "safe") === "safe") return [];
  return [{ source, category, filtered, ...(severity === undefined ? {} : { severity }), ...detected }];
}
