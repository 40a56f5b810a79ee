import { TenureError } from "../../errors/index.ts";
import { claimNow, type ManagerCore } from "../../manager/index.ts";
import { pruneBefore } from "../audit/read-events.ts";
import type { RetentionAction } from "./action.ts";
import type { LimitForecast } from "./forecast.ts";
import { perform, type Run } from "./perform.ts";
import { type PlanOptions, type Survey, stopReason, surveyScope } from "./plan.ts";
import { readRetentionPolicies, type ResolvedPolicies } from "./resolved-policies.ts";
import { type CleanupFailure, Tally } from "./tally.ts";
import { look } from "./walk.ts";

/** How to clean up. */
export interface CleanupRunOptions extends Omit<PlanOptions, "limit"> {
  /** Do it. Default `false`: only say what would be done. */
  readonly apply?: boolean | undefined;
}

/** What a run did, or without `apply` would do. */
export interface CleanupReport {
  readonly applied: boolean;
  /** `led-elsewhere`: another process is at it, and nothing was done here. */
  readonly outcome: "done" | "led-elsewhere";
  readonly counts: Readonly<Record<RetentionAction["kind"], number>>;
  /** The first 1,000. */
  readonly actions: readonly RetentionAction[];
  readonly forecasts: readonly LimitForecast[];
  /** Agents that somebody was changing: the next run looks at them. */
  readonly busy: number;
  /** Deletions that were due and go beyond `maxPerRun`: the next run does them. */
  readonly deferred: number;
  readonly failed: readonly CleanupFailure[];
}

/**
 * One run. Every process may start one at any time: a lease lets one of them work. A run that ends early is gone on with by the next, which finds marks
 * and intents where they were left.
 *
 * Rejects with `cleanup_stopped` when too much would go, the service's list has shrunk suspiciously, or failures pile up; `details` tell what was
 * done until then.
 */
export async function cleanup(core: ManagerCore, options: CleanupRunOptions = {}): Promise<CleanupReport> {
  const policies = readRetentionPolicies(options.policies);
  const { signal } = options;
  await core.usage.flush();
  if (options.apply !== true) {
    const { plan } = await surveyScope(core, { policies, signal });
    const { counts, actions, forecasts } = plan;
    return { applied: false, outcome: "done", counts, actions, forecasts, busy: 0, deferred: 0, failed: [] };
  }
  try {
    return await leadIfFree(core, policies, signal);
  } catch (thrown) {
    const { code, message } = TenureError.from(thrown);
    if (code !== "cleanup_stopped" && signal?.aborted !== true) core.emit({ type: "cleanup.failed", code, message });
    throw thrown;
  }
}

async function leadIfFree(
  core: ManagerCore,
  policies: ResolvedPolicies,
  signal: AbortSignal | undefined,
): Promise<CleanupReport> {
  const leader = await claimNow(core, leaderResource(core), "cleanup", signal);
  if (leader === undefined) return reportOf(new Tally(0), [], "led-elsewhere");
  try {
    return await lead(core, { policies, signal, assertLeads: () => leader.assertHeld() });
  } finally {
    await leader.release();
  }
}

function leaderResource({ options }: ManagerCore): string {
  return `cleanup|${encodeURIComponent(options.service.location)}|${encodeURIComponent(options.scope)}`;
}

interface Leading {
  readonly policies: ResolvedPolicies;
  readonly signal: AbortSignal | undefined;
  readonly assertLeads: () => void;
}

async function lead(core: ManagerCore, { policies, signal, assertLeads }: Leading): Promise<CleanupReport> {
  const survey = await surveyScope(core, { policies, signal });
  const { forecasts } = survey.plan;
  if (policies.events !== undefined) await pruneBefore(core, policies.events.keepMs);
  const tally = new Tally(await mostDeletions(core, policies));
  const reason = stopReason(survey, policies);
  if (reason !== undefined) return stop(core, { reason, tally, survey });
  const run: Run = { core, policies, tally, signal };
  for await (const sight of look(core, { policies, signal })) {
    assertLeads();
    try {
      await perform(run, sight);
      tally.wentWell();
    } catch (thrown) {
      if (signal?.aborted === true) throw thrown;
      tally.failure(sight.kind === "agent" ? sight.facts.agent.key.name : nameOf(sight), thrown);
    }
    if (tally.stopReason !== undefined) return stop(core, { reason: tally.stopReason, tally, survey });
  }
  await conclude(core, { type: "cleanup.finished", message: "", tally });
  return reportOf(tally, forecasts, "done");
}

function nameOf(
  sight:
    | { readonly kind: "orphan"; readonly agentName: string }
    | { readonly kind: "session"; readonly session: { readonly key: { readonly name: string } } },
): string {
  return sight.kind === "orphan" ? sight.agentName : sight.session.key.name;
}

/** How many deletions one run may do in this scope. */
export async function mostDeletions(core: ManagerCore, { maxPerRun }: ResolvedPolicies): Promise<number> {
  const { count, percent } = maxPerRun;
  if (percent === 100) return count;
  const { registry, service, scope } = core.options;
  const { revisions } = await registry.census.take({ location: service.location, scope });
  return Math.min(count, Math.max(1, Math.floor(((revisions.active + revisions.retiring) * percent) / 100)));
}

async function stop(
  core: ManagerCore,
  why: { readonly reason: string; readonly tally: Tally; readonly survey: Survey },
): Promise<never> {
  const { reason, tally, survey } = why;
  await conclude(core, { type: "cleanup.stopped", message: reason, tally });
  const report = reportOf(tally, survey.plan.forecasts, "done");
  throw new TenureError("cleanup_stopped", `Cleanup stopped: ${reason}`, {
    details: {
      reason,
      counts: report.counts,
      failed: report.failed.map(({ agentName, error }) => ({ agentName, code: error.code, message: error.message })),
    },
  });
}

async function conclude(
  core: ManagerCore,
  end: { readonly type: "cleanup.finished" | "cleanup.stopped"; readonly message: string; readonly tally: Tally },
): Promise<void> {
  const { type, message, tally } = end;
  const { registry, service, scope, runtime } = core.options;
  const data = {
    cause: message === "" ? "cleanup" : message,
    evidence: { ...tally.counts, busy: tally.busy, deferred: tally.deferred, failed: tally.failed.length },
  };
  await registry.events.append({
    events: [
      { type, location: service.location, scope, agentName: undefined, at: runtime.now(), actor: core.process, data },
    ],
  });
  core.emit({ type, message, marked: tally.counts.mark, deleted: tally.counts.delete, failed: tally.failed.length });
}

function reportOf(tally: Tally, forecasts: readonly LimitForecast[], outcome: CleanupReport["outcome"]): CleanupReport {
  const { counts, actions, busy, deferred, failed } = tally;
  return { applied: outcome === "done", outcome, counts, actions, forecasts, busy, deferred, failed };
}
