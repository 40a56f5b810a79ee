import { formatDiff } from "../config/index.ts";
import { redact } from "../errors/index.ts";
import type { Fleet, FleetPlan, FleetReport, PlanAction, PlanKind } from "../lifecycle/fleet/index.ts";
import { formatTable } from "./table.ts";
import { counted } from "./counted.ts";

const SIGNS: Readonly<Record<PlanKind, string>> = {
  create: "+",
  update: "~",
  adopt: "<",
  drift: "!",
  settings: "=",
  retire: "-",
  blocked: "x",
};

/** A plan for a person, with every difference. What looks like a secret is hidden. */
export function planText(plan: FleetPlan): string {
  const lines = plan.actions.flatMap(actionLines);
  const others = plan.others === 0 ? "" : ` ${counted(plan.others, "other agent")} of scope ${plan.scope} left alone.`;
  if (lines.length === 0)
    return `Nothing to do: ${counted(plan.unchanged, "agent")} ${plan.unchanged === 1 ? "is" : "are"} as the file says.${others}`;
  const counts = [...Map.groupBy(plan.actions, ({ kind }) => kind)].map(
    ([kind, actions]) => `${actions.length} to ${WORDS[kind]}`,
  );
  return redact([...lines, "", `${counts.join(", ")}, ${plan.unchanged} unchanged.${others}`].join("\n"));
}

const WORDS: Readonly<Record<PlanKind, string>> = {
  create: "create",
  update: "update",
  adopt: "adopt",
  drift: "look at for drift",
  settings: "complete",
  retire: "retire",
  blocked: "resolve by hand (blocked)",
};

function actionLines({ kind, agentName, reason, difference, aliases }: PlanAction): string[] {
  const diff = difference.length === 0 ? [] : formatDiff(difference).split("\n");
  const moves = aliases.map(({ alias, before }) => `alias ${alias}: ${before === undefined ? "new" : "moves here"}`);
  return [
    `${SIGNS[kind]} ${kind.padEnd(8)} ${agentName}: ${reason}`,
    ...[...diff, ...moves].map((line) => `    ${line}`),
  ];
}

/** What applying did, as a table. */
export function reportText({ results, done, kept, failed, unchanged, durationMs }: FleetReport): string {
  const sum = `${done} done, ${kept} kept, ${failed} failed, ${unchanged} unchanged, in ${(durationMs / 1000).toFixed(1)} s`;
  if (results.length === 0)
    return `Nothing to do: ${counted(unchanged, "agent")} ${unchanged === 1 ? "is" : "are"} as the file says.`;
  const rows = results.map(({ agentName, action, outcome, detail, remote }) => [
    agentName,
    action.kind,
    outcome,
    remote?.id ?? "",
    redact(detail.split("\n")[0] ?? ""),
  ]);
  return `${formatTable(["NAME", "ACTION", "OUTCOME", "IN THE SERVICE", "DETAIL"], rows)}\n\n${sum}`;
}

/** What was read and cannot be carried over. */
export function notesText({ notes }: Fleet): string | undefined {
  return notes.length === 0 ? undefined : notes.map((note) => `note: ${note}`).join("\n");
}
