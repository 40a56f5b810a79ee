import { describeValue, isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** What a fault does to a request. */
export type FaultEffect = "status" | "delay" | "drop-before" | "drop-after" | "stale-list";

/** One fault. Without `times` and `probability` it strikes once; `probability: 1` strikes always. */
export interface Fault {
  /** Default: every method. */
  readonly method?: string;
  /** Regular expression on the path, tried with and without the query, from the root and from the project. Default: every path. */
  readonly path?: string;
  /**
   * `status`: the given answer, nothing done (with `after`: done). `delay`: done at once, answered late. `drop-before`: connection cut, nothing done.
   * `drop-after`: done, connection cut. `stale-list`: a list of agents or versions as it was before the last write when the fault was set.
   */
  readonly effect: FaultEffect;
  /** For `status`: 200 to 599. */
  readonly status?: number;
  /** For `status`: headers of the answer. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For `status`: text (HTML if it starts with `<`) or JSON. Default: the service's error object. */
  readonly body?: JsonValue;
  /** Milliseconds. Required for `delay`; the other effects wait so long before they strike. */
  readonly delayMs?: number;
  /** For `delay`: wait before the effect instead of after it. Default false. */
  readonly before?: boolean;
  /** For `status`: the effect has happened when the given answer comes. Default false. */
  readonly after?: boolean;
  /** How often it strikes. Default 1. Not together with `probability`. */
  readonly times?: number;
  /** Chance per matching request, 0 to 1; strikes until cleared. */
  readonly probability?: number;
  /** Start of the chain of chances, a whole number. Default 1. Only with `probability`. */
  readonly seed?: number;
}

/** A list of faults that is wrong. Its message names field, expectation and value. */
export class FaultError extends TypeError {}

interface Rule {
  readonly expected: string;
  isValid(value: JsonValue): boolean;
}

const effects: readonly string[] = ["status", "delay", "drop-before", "drop-after", "stale-list"];

function isText(value: JsonValue): value is string {
  return typeof value === "string";
}

function isWhole(min: number, max: number): (value: JsonValue) => boolean {
  return (value) => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}

function isRegExp(value: JsonValue): boolean {
  try {
    return isText(value) && new RegExp(value) instanceof RegExp;
  } catch {
    return false;
  }
}

const rules: Readonly<Record<string, Rule>> = {
  method: { expected: "an HTTP method", isValid: (value) => isText(value) && /^[A-Za-z]+$/.test(value) },
  path: { expected: "a regular expression", isValid: isRegExp },
  effect: { expected: `one of ${effects.join(", ")}`, isValid: (value) => isText(value) && effects.includes(value) },
  status: { expected: "a whole number from 200 to 599", isValid: isWhole(200, 599) },
  headers: {
    expected: "an object of header names and text",
    isValid: (value) => isJsonObject(value) && isHeaders(value),
  },
  body: { expected: "text or JSON", isValid: () => true },
  delayMs: { expected: "a whole number from 0 to 3600000", isValid: isWhole(0, 3_600_000) },
  before: { expected: "true or false", isValid: (value) => typeof value === "boolean" },
  after: { expected: "true or false", isValid: (value) => typeof value === "boolean" },
  times: { expected: "a whole number from 1 up", isValid: isWhole(1, Number.MAX_SAFE_INTEGER) },
  probability: {
    expected: "a number from 0 to 1",
    isValid: (value) => typeof value === "number" && value >= 0 && value <= 1,
  },
  seed: { expected: "a whole number from 0 up", isValid: isWhole(0, Number.MAX_SAFE_INTEGER) },
};

function isHeaders(value: JsonObject): boolean {
  try {
    return Object.entries(value).every(([name, text]) => {
      return typeof text === "string" && new Headers({ [name]: text }).has(name);
    });
  } catch {
    return false;
  }
}

function isFault(fault: JsonObject): fault is JsonObject & Fault {
  return fault.effect !== undefined;
}

function checkTogether(fault: JsonObject, at: string): void {
  const refuse = (field: string, expected: string): never => {
    throw new FaultError(`Expected \`${at}.${field}\` to be ${expected}, got ${describeValue(fault[field])}`);
  };
  if (fault.effect === "status" && fault.status === undefined) refuse("status", "given for the effect status");
  if (fault.effect === "delay" && fault.delayMs === undefined) refuse("delayMs", "given for the effect delay");
  for (const field of ["status", "headers", "body", "after"]) {
    if (fault.effect !== "status" && fault[field] !== undefined)
      refuse(field, "absent: it belongs to the effect status");
  }
  if (fault.effect !== "delay" && fault.before !== undefined)
    refuse("before", "absent: it belongs to the effect delay");
  if (fault.times !== undefined && fault.probability !== undefined) refuse("times", "absent beside `probability`");
  if (fault.seed !== undefined && fault.probability === undefined) refuse("seed", "absent without `probability`");
}

function checkFault(fault: unknown, index: number): Fault {
  const at = `faults[${index}]`;
  if (!isJsonObject(fault)) throw new FaultError(`Expected \`${at}\` to be an object, got ${describeValue(fault)}`);
  for (const [field, value] of Object.entries(fault)) {
    const rule = rules[field];
    if (rule === undefined) {
      throw new FaultError(
        `Expected \`${at}\` to have only ${Object.keys(rules).join(", ")}, got ${describeValue(field)}`,
      );
    }
    if (value !== undefined && !rule.isValid(value)) {
      throw new FaultError(`Expected \`${at}.${field}\` to be ${rule.expected}, got ${describeValue(value)}`);
    }
  }
  if (!isFault(fault)) throw new FaultError(`Expected \`${at}.effect\` to be ${rules.effect?.expected}, got nothing`);
  checkTogether(fault, at);
  return fault;
}

/** Checks a list of faults. Throws a `FaultError` on the first that is wrong. */
export function checkFaults(faults: unknown): Fault[] {
  if (!Array.isArray(faults)) {
    throw new FaultError(`Expected \`faults\` to be a list, got ${describeValue(faults)}`);
  }
  return faults.map(checkFault);
}
