import { TenureError } from "../../../errors/index.ts";
import type { FleetPlan, PlanAction } from "./plan.ts";

/**
 * Refuses a plan that is no longer true, saying what changed: `plan_stale`. What the plan itself has done since, as when applying was cut short, is no
 * change: it is done, or comes to its end.
 */
export function assertStillTrue(plan: FleetPlan, fresh: FleetPlan): void {
  const changes = [...changedPlace(plan, fresh), ...changedActions(plan, fresh)];
  if (changes.length === 0) return;
  const shown = changes.slice(0, 20);
  if (changes.length > shown.length) shown.push(`… and ${changes.length - shown.length} more`);
  throw new TenureError("plan_stale", `The plan of ${plan.madeAt} is no longer true:\n${shown.join("\n")}`, {
    details: { changes },
  });
}

function changedPlace(plan: FleetPlan, fresh: FleetPlan): string[] {
  const changes: string[] = [];
  for (const name of ["fleet", "location", "scope"] as const) {
    if (plan[name] !== fresh[name]) changes.push(`It was made for ${name} "${plan[name]}", not "${fresh[name]}".`);
  }
  if (changes.length === 0 && plan.digest !== fresh.digest) changes.push("The fleet file asks for something else now.");
  return changes;
}

function changedActions(plan: FleetPlan, fresh: FleetPlan): string[] {
  const planned = new Map(plan.actions.map((action) => [action.agentName, action]));
  return fresh.actions.flatMap((now) => {
    const then = planned.get(now.agentName);
    if (then === undefined) return [`"${now.agentName}" was in order, and now: ${describe(now)}`];
    if (isSame(then, now) || isUnderWay(then, now)) return [];
    const seen = then.kind === now.kind ? " It is not as it was when the plan was made." : "";
    return [`"${now.agentName}" was: ${describe(then)} Now: ${describe(now)}${seen}`];
  });
}

function isSame(then: PlanAction, now: PlanAction): boolean {
  return (
    then.kind === now.kind &&
    then.fingerprint === now.fingerprint &&
    then.basis === now.basis &&
    then.retire === now.retire
  );
}

/** Part of what was planned is done: the revision is there and its record not yet complete, or only its stamp tells of it. */
function isUnderWay(then: PlanAction, now: PlanAction): boolean {
  if (then.fingerprint !== now.fingerprint || then.kind === "retire" || then.kind === "blocked") return false;
  if (now.kind === "settings") return now.before === then.fingerprint || then.kind === "settings";
  return then.kind === "create" && now.kind === "adopt";
}

function describe({ kind, reason }: PlanAction): string {
  return `${kind}: ${reason}`;
}
