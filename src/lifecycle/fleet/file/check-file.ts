import * as v from "valibot";
import { childPath, nearestField, shownValue } from "../../../config/index.ts";
import type { Problems } from "../problems.ts";
import { type Located, type Path, placeOf, plainOf } from "../source/located.ts";
import { FleetFile, membersAt } from "./fleet-file.ts";

/** The file's members, each of its own type; what is wrong goes to `problems`. Members at the top that begin with `x-` are anybody's. */
export function checkFile(root: Located, problems: Problems): FleetFile | undefined {
  const plain = plainOf(withoutExtensions(root));
  const result = v.safeParse(FleetFile, plain);
  if (result.success) return result.output;
  for (const issue of result.issues) report(issue, root, problems);
  return undefined;
}

function withoutExtensions(root: Located): Located {
  if (root.kind !== "map") return root;
  return { ...root, entries: new Map([...root.entries].filter(([name]) => !name.startsWith("x-"))) };
}

function report(issue: v.BaseIssue<unknown>, root: Located, problems: Problems): void {
  const path: Path = (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
  if (problems.has(placeOf(root, path)) || problems.has(placeOf(root, path, "key"))) return;
  if (issue.type === "strict_object" && issue.expected === "never") return reportUnknown(path, root, problems);
  const field = nameOf(path);
  if (issue.received === "undefined") {
    problems.add(placeOf(root, path), `Expected \`${field}\` to be there: it is missing.`);
    return;
  }
  problems.add(placeOf(root, path), `Expected \`${field}\` to be ${issue.message}, got ${shownValue(issue.input)}.`);
}

function reportUnknown(path: Path, root: Located, problems: Problems): void {
  const name = String(path.at(-1));
  const around = path.slice(0, -1);
  const meant = nearestField(name, membersAt(around));
  const where = around.length === 0 ? "at the top of the file" : `of \`${nameOf(around)}\``;
  const question = meant === undefined ? "" : `: did you mean \`${meant}\`?`;
  problems.add(placeOf(root, path, "key"), `Unknown field \`${name.slice(0, 80)}\` ${where}${question}`, {
    didYouMean: meant,
  });
}

/** `agents.advisor.tools[0]`. */
export function nameOf(path: Path): string {
  return path.reduce<string>((parent, part) => childPath(parent, part), "") || "the file";
}
