import { assertScope } from "../config/index.ts";
import {
  assertObject,
  refuseUnknown,
  signalOption,
  textOption,
  wholeNumber,
  wrongOption,
} from "../config/option-checks.ts";
import { assertAlias } from "./aliases/alias-name.ts";
import { assertDriftPolicy } from "./options.ts";
import { assertOwnershipText } from "./ownership/describe.ts";
import { assertGate } from "./revisions/gate.ts";

/** Throws `invalid_option` or `invalid_name` for a value that the option of this name cannot have. */
type Rule = (name: string, value: unknown) => void;

/** What an order may be told. */
type OrderRules = Readonly<Record<string, Rule>>;

const CALL: OrderRules = { signal: signalOption };
const REASONED: OrderRules = { ...CALL, reason: textOption };
const OWNED: OrderRules = { ...CALL, owner: assertOwnershipText, purpose: assertOwnershipText };

/** The options of every order about an agent, with those that are parameters of their own. */
const ORDERS = {
  rollback: { ...REASONED, to: optional(revision) },
  promote: { ...REASONED, to: revision, alias: optional(alias), gate: optional(gate) },
  pin: { ...CALL, revision: optional(revision) },
  unpin: CALL,
  protect: { ...REASONED, revision: optional(revision) },
  unprotect: { ...REASONED, revision: optional(revision) },
  setAlias: { ...REASONED, alias, to: revision, expected: wholeFromZero },
  getAlias: { alias },
  deleteAlias: { ...CALL, alias },
  drift: CALL,
  checkDrift: { ...CALL, agentName: anything, policy: optional(driftPolicy) },
  setDriftPolicy: { ...CALL, policy: optional(driftPolicy) },
  adopt: OWNED,
  describe: OWNED,
  release: CALL,
  transfer: { ...CALL, toScope: scope },
} as const satisfies Readonly<Record<string, OrderRules>>;

export type OrderName = keyof typeof ORDERS;

/** Refuses of an order what can be refused without I/O. Throws `invalid_option` or `invalid_name`. */
export function checkOrder(of: OrderName, options: unknown): void {
  assertObject("options", options);
  const rules: OrderRules = ORDERS[of];
  refuseUnknown(of, options, new Set(Object.keys(rules)));
  for (const [name, rule] of Object.entries(rules)) rule(name, Reflect.get(options, name));
}

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

function gate(name: string, value: unknown): void {
  assertObject(name, value);
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

/** Checked where it is a parameter. */
function anything(): void {}
