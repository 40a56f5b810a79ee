import { type RemoteRef } from "../../../config/index.ts";
import { tell, TenureError } from "../../../errors/index.ts";
import type { LifecycleCallOptions } from "../../under-lease.ts";
import type { Fleet, FleetAgent } from "../fleet.ts";
import { inParallel } from "../parallel.ts";
import { assertStillTrue } from "../plan/compare-plans.ts";
import type { FleetPlan, PlanAction } from "../plan/plan.ts";
import { planFleet } from "../plan/plan-fleet.ts";
import { establishAgent } from "./establish-agent.ts";
import type { FleetHost } from "./host.ts";
import { type FleetReport, type FleetResult, toReport } from "./report.ts";
import { Retirer } from "./retire-agent.ts";

/** How a fleet is applied. */
export interface ApplyFleetOptions extends LifecycleCallOptions {
  /** The plan that was agreed to. If it is no longer true, nothing is done: `plan_stale`. Default: what is to be done now. */
  readonly plan?: FleetPlan | undefined;
  /** Agents that are worked on at the same time, 1 to 64. Default 8. */
  readonly parallel?: number | undefined;
  /** Hears of each agent as it is dealt with. */
  readonly onResult?: ((result: FleetResult) => void) | undefined;
}

const DEFAULT_PARALLEL = 8;
const MAX_PARALLEL = 64;
/** Tries of one agent when the failure passes by itself, and the wait before the second where the service names none. */
const TRIES = 4;
const FIRST_WAIT_MS = 500;

/**
 * Makes the service as the file says. Each agent is dealt with on its own, under its lease: one failure does not keep the others, and stands in the report.
 * Cut short by a crash or the signal, it is simply done again: what is done is found, what was begun comes to its end. Done twice, the second time writes
 * nothing. Rejects with `plan_stale`, with what `planFleet` rejects with, and with `aborted` when the signal fires.
 */
export async function applyFleet(host: FleetHost, fleet: Fleet, options: ApplyFleetOptions = {}): Promise<FleetReport> {
  const parallel = checkParallel(options.parallel ?? DEFAULT_PARALLEL);
  const { core } = host;
  const { signal } = options;
  const from = core.options.runtime.monotonic();
  const plan = await planFleet(core, fleet, { signal });
  if (options.plan !== undefined) assertStillTrue(options.plan, plan);
  const results: FleetResult[] = [];
  const retirer = await Retirer.open(core, fleet);
  const agents = new Map(fleet.agents.map((agent) => [agent.name, agent]));
  const work = async (action: PlanAction): Promise<void> => {
    const result = await perform(action, { host, agents, retirer, signal });
    results.push(result);
    tell(options.onResult, result);
  };
  // What goes goes last: nothing is deleted before everything else was tried.
  const isRetirement = ({ kind }: PlanAction): boolean => kind === "retire";
  await inParallel(
    plan.actions.filter((action) => !isRetirement(action)),
    { parallel, signal },
    work,
  );
  // One after the other, since together they may delete so much and no more.
  await inParallel(plan.actions.filter(isRetirement), { parallel: 1, signal }, work);
  return toReport(plan, results, core.options.runtime.monotonic() - from);
}

function checkParallel(parallel: number): number {
  if (Number.isInteger(parallel) && parallel >= 1 && parallel <= MAX_PARALLEL) return parallel;
  throw new TenureError(
    "invalid_option",
    `Expected \`parallel\` to be a whole number from 1 to ${MAX_PARALLEL}, got ${String(parallel)}.`,
  );
}

interface Performing {
  readonly host: FleetHost;
  /** What the fleet declares, by name. */
  readonly agents: ReadonlyMap<string, FleetAgent>;
  readonly retirer: Retirer;
  readonly signal: AbortSignal | undefined;
}

async function perform(action: PlanAction, performing: Performing): Promise<FleetResult> {
  const { runtime } = performing.host.core.options;
  const from = runtime.monotonic();
  const base = { agentName: action.agentName, action, remote: undefined, error: undefined };
  try {
    const isTold = action.retire === "keep" || (action.drift?.policy === "report" && !hasMore(action));
    if (isTold) return { ...base, outcome: "kept", detail: action.reason, durationMs: 0 };
    const done = await untilPassed(() => doOne(action, performing), performing);
    return { ...base, ...done, outcome: "done", durationMs: runtime.monotonic() - from };
  } catch (thrown) {
    const error = TenureError.from(thrown);
    if (performing.signal?.aborted === true) throw error;
    return { ...base, outcome: "failed", detail: error.message, error, durationMs: runtime.monotonic() - from };
  }
}

/** Whether something is to be written beside what the kind says. */
function hasMore({ aliases, settings }: PlanAction): boolean {
  return aliases.length > 0 || Object.keys(settings).length > 0;
}

async function doOne(
  action: PlanAction,
  { host, agents, retirer, signal }: Performing,
): Promise<{ readonly detail: string; readonly remote: RemoteRef | undefined }> {
  const { agentName } = action;
  if (action.kind === "blocked")
    throw new TenureError(action.code ?? "internal", action.reason, { details: { difference: action.difference } });
  if (action.kind === "retire") return { detail: await retirer.retire(agentName, signal), remote: undefined };
  const agent = agents.get(agentName);
  if (agent === undefined)
    throw new TenureError("internal", `The plan names "${agentName}", which the fleet does not.`);
  return establishAgent({ host, agent, action, signal });
}

/** Repeats what failed for a reason that passes. The manager's own steps make that safe: each begins by asking what is there. */
async function untilPassed<Result>(attempt: () => Promise<Result>, { host, signal }: Performing): Promise<Result> {
  const { runtime } = host.core.options;
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (!error.retryable || tries >= TRIES || signal?.aborted === true) throw error;
      await runtime.sleep(error.retryAfterMs ?? FIRST_WAIT_MS * 2 ** (tries - 1), { signal });
    }
  }
}
