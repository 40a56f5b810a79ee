import type { StandardSchemaV1 } from "@standard-schema/spec";

const MOST_SHOWN = 5;

/** What is wrong, with the place of each fault, in one line. */
export function describeIssues(issues: readonly StandardSchemaV1.Issue[]): string {
  const shown = issues.slice(0, MOST_SHOWN).map((issue) => `${pathOf(issue)}: ${issue.message}`);
  const rest = issues.length - shown.length;
  return rest > 0 ? `${shown.join("; ")}; and ${rest} more` : shown.join("; ");
}

function pathOf(issue: StandardSchemaV1.Issue): string {
  const parts = (issue.path ?? []).map((part) => String(typeof part === "object" ? part.key : part));
  return parts.length === 0 ? "the value" : parts.join(".");
}
