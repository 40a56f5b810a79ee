import { assertAgentName, assertScope } from "../config/index.ts";
import {
  assertObject,
  booleanOption,
  functionOption,
  refuseUnknown,
  signalOption,
  textOption,
  wholeNumber,
  wrongOption,
} from "../config/option-checks.ts";
import { assertAlias } from "./aliases/alias-name.ts";
import { assertDriftPolicy } from "./options.ts";
import { assertOwnershipText } from "./ownership/describe.ts";
import { assertGrace } from "./retention/grace.ts";
import type { PlanOptions } from "./retention/plan.ts";
import { readRetentionPolicies } from "./retention/resolved-policies.ts";
import { assertGate } from "./revisions/gate.ts";

/** Throws `invalid_option` or `invalid_name` for a value that the option of this name cannot have. */
type Rule = (name: string, value: unknown) => void;

/** What an order may be told. */
type OrderRules = Readonly<Record<string, Rule>>;

const CALL: OrderRules = { signal: signalOption };
const REASONED: OrderRules = { ...CALL, reason: textOption };
const OWNED: OrderRules = { ...CALL, owner: assertOwnershipText, purpose: assertOwnershipText };

/** The options of every order. */
const ORDERS = {
  rollback: { ...REASONED, to: optional(revision) },
  promote: { ...REASONED, to: revision, alias: optional(alias), gate: optional(gate) },
  pin: CALL,
  unpin: CALL,
  protect: { ...REASONED, revision: optional(revision) },
  unprotect: { ...REASONED, revision: optional(revision) },
  setAlias: { ...REASONED, to: revision, expected: wholeFromZero },
  getAlias: {},
  deleteAlias: CALL,
  drift: CALL,
  checkDrift: { ...CALL, agentName: optional(agentName), policy: optional(driftPolicy) },
  setDriftPolicy: CALL,
  adopt: OWNED,
  describe: OWNED,
  release: CALL,
  transfer: { ...CALL, toScope: scope },
  plan: { ...CALL, policies: anything, limit: planLimit },
  cleanup: { ...CALL, policies: anything, apply: booleanOption },
  startCleanup: { policies: anything, everyMs: anything, onReport: functionOption, onError: functionOption },
} as const satisfies Readonly<Record<string, OrderRules>>;

export type OrderName = keyof typeof ORDERS;

/** Refuses of an order what can be refused without I/O. Throws `invalid_option` or `invalid_name`. */
export function checkOrder(of: OrderName, options: unknown, parameters: object = {}): void {
  assertObject("options", options);
  const rules: OrderRules = ORDERS[of];
  refuseUnknown(of, options, new Set(Object.keys(rules)));
  for (const [name, rule] of Object.entries(rules)) rule(name, Reflect.get(options, name));
  for (const [name, value] of Object.entries(parameters)) PARAMETERS[name]?.(name, value);
}

/** The same for what cleanup is told. `core`: whose times the grace period has to be longer than. */
export function checkCleanup(
  core: Parameters<typeof assertGrace>[0],
  of: "plan" | "cleanup" | "startCleanup",
  options: PlanOptions,
): void {
  checkOrder(of, options);
  assertGrace(core, readRetentionPolicies(options.policies));
}

/** What orders are told beside their options. */
const PARAMETERS: OrderRules = {
  revision: optional(revision),
  alias,
  policy: optional(driftPolicy),
};

function optional(rule: Rule): Rule {
  return (name, value) => {
    if (value !== undefined) rule(name, value);
  };
}

function revision(name: string, value: unknown): void {
  if (typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "string" && value.trim() !== "")
    return;
  throw wrongOption(name, "a revision: its fingerprint or its version", value);
}

function alias(_name: string, value: unknown): void {
  assertAlias(value);
}

function gate(_name: string, value: unknown): void {
  assertGate(value);
}

function driftPolicy(name: string, value: unknown): void {
  assertDriftPolicy(value, name);
}

function scope(name: string, value: unknown): void {
  assertScope(value, name);
}

function wholeFromZero(name: string, value: unknown): void {
  wholeNumber(name, value, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

function agentName(_name: string, value: unknown): void {
  assertAgentName(value);
}

function planLimit(name: string, value: unknown): void {
  wholeNumber(name, value, { min: 1, max: 100_000 });
}

/** Read by what it is for. */
function anything(): void {}
