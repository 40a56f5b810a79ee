import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { TenureError } from "../../../errors/index.ts";
import { shown } from "../../../config/expectation.ts";

/** One question of a data set. */
export interface DatasetRow {
  /** Where it stands in the file, from 1; the row's number elsewhere. */
  readonly line: number;
  /** Names the row in results. Default: `line` as text. */
  readonly id: string;
  readonly query: string;
  readonly expected?: string | undefined;
  readonly expectedTopics: readonly string[];
  readonly context?: string | undefined;
}

const MEMBERS: readonly string[] = ["id", "query", "expected", "expectedTopics", "context", "metadata"];

/**
 * The rows of a JSONL file, one by one: `{"query": "…", "expected": "…", "expectedTopics": ["…"], "context": "…", "id": "…"}`, of which only `query` must be there.
 * Empty lines are skipped. Rejects with `invalid_data`, naming file and line, at the first line that is wrong, and if the file cannot be read.
 */
export async function* readJsonl(path: string): AsyncGenerator<DatasetRow> {
  const lines = createInterface({
    input: createReadStream(path, { encoding: "utf8" }),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let line = 0;
  try {
    for await (const text of lines) {
      line += 1;
      // A byte order mark is what some editors begin a file with.
      const row = line === 1 ? text.replace(/^\uFEFF/u, "") : text;
      if (row.trim() !== "") yield parseRow(row, { path, line });
    }
  } catch (thrown) {
    if (thrown instanceof TenureError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new TenureError("invalid_data", `The data set ${path} cannot be read: ${reason}`, {
      cause: thrown,
      hint: "Pass the path of a JSONL file.",
    });
  } finally {
    lines.close();
  }
}

/** One line as a row. Rejects with `invalid_data`. */
export function parseRow(text: string, at: { readonly path: string; readonly line: number }): DatasetRow {
  const wrong = (what: string): TenureError =>
    new TenureError("invalid_data", `${at.path}:${at.line}: ${what}`, { details: { path: at.path, line: at.line } });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw wrong(`The line is not JSON: ${thrown instanceof Error ? thrown.message : ""}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(`Expected an object with \`query\`, got ${shown(value)}.`);
  const odd = Object.keys(value).find((member) => !MEMBERS.includes(member));
  if (odd !== undefined) throw wrong(`Unknown member \`${odd}\`; a row has ${MEMBERS.join(", ")}.`);
  const row: Readonly<Record<string, unknown>> = { ...value };
  const { query, expectedTopics = [] } = row;
  if (typeof query !== "string" || query.trim() === "")
    throw wrong(`Expected \`query\` to be a text that is not empty, got ${shown(query)}.`);
  if (!isTexts(expectedTopics)) throw wrong("Expected `expectedTopics` to be a list of texts.");
  const optional = (member: string): string | undefined => {
    const found = row[member];
    if (found === undefined || typeof found === "string") return found;
    throw wrong(`Expected \`${member}\` to be a text, got ${shown(found)}.`);
  };
  return {
    line: at.line,
    id: optional("id") ?? String(at.line),
    query,
    expectedTopics,
    expected: optional("expected"),
    context: optional("context"),
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
