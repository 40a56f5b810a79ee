import type { JsonObject, JsonValue } from "../../../config/index.ts";
import { TenureError } from "../../../errors/index.ts";
import type { Problems } from "../problems.ts";
import { type Located, memberOf, type Place } from "../source/located.ts";

/** The sections of a fleet file that other parts of Tenure own. */
export type Section = "budgets" | "costs" | "retention";

/** Checks a section as the options that it is for; throws a `TenureError` for what is wrong. */
export type SectionChecks = Readonly<Partial<Record<Section, (options: JsonObject) => unknown>>>;

/** Mappings whose keys are names of the caller's own. */
const NAMED_BY_CALLER = new Set(["deployments"]);

/** A section as the options that it is for, if it is there and right. What is wrong goes to `problems`. */
export function readSection(
  root: Located,
  section: Section,
  given: { readonly checks: SectionChecks; readonly problems: Problems; readonly value: JsonObject | undefined },
): JsonObject | undefined {
  if (given.value === undefined) return undefined;
  const options = optionNames(given.value) as JsonObject;
  try {
    given.checks[section]?.(options);
  } catch (thrown) {
    const { message } = TenureError.from(thrown);
    given.problems.add(placeNamed(message, root, section), message);
  }
  return options;
}

/** `on_breach` as `onBreach`, all the way down. */
function optionNames(value: JsonValue, isNamedByCaller = false): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => optionNames(item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const option = isNamedByCaller ? name : optionName(name);
      return [option, member === undefined ? undefined : optionNames(member, NAMED_BY_CALLER.has(option))];
    }),
  );
}

function optionName(name: string): string {
  return name.replaceAll(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The place of the option that a message names first, or of what is there around it. */
function placeNamed(message: string, root: Located, section: Section): Place {
  const option = new RegExp(`\`(?:${section}\\.)?([^\`]*)\``).exec(message)?.[1] ?? "";
  let at = memberOf(root, section) ?? root;
  for (const part of option.split(/[.[\]]+/).filter(Boolean)) {
    const next = at.kind === "list" ? at.items[Number(part)] : optionMember(at, part);
    if (next === undefined) break;
    at = next;
  }
  return at.place;
}

function optionMember(located: Located, option: string): Located | undefined {
  if (located.kind !== "map") return undefined;
  for (const [name, { value }] of located.entries) if (name === option || optionName(name) === option) return value;
  return undefined;
}
