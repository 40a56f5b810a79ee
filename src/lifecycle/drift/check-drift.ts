import { formatDiff } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import { auditEvent, eachItem, type ManagerCore } from "../../manager/index.ts";
import type { AgentKey, AgentRecord } from "../../registry/contract/index.ts";
import type { DriftPolicy } from "../options.ts";
import { getAgent, keyOf, type LeasedWork, type LifecycleCallOptions, underLease } from "../under-lease.ts";
import { adoptDrift } from "./adopt-drift.ts";
import type { DriftFinding, Observation } from "./finding.ts";
import { finishAndInspect, inspectAnew } from "./finish-and-inspect.ts";
import { inspect } from "./inspect.ts";
import { revertDrift } from "./revert-drift.ts";

/** What is looked at, and what is done about it. */
export interface DriftOptions extends LifecycleCallOptions {
  /** Default: every agent of the scope, one page at a time. */
  readonly agentName?: string | undefined;
  /** For this check alone. Default: the agent's own policy, else the manager's. */
  readonly policy?: DriftPolicy | undefined;
}

/** Looks for drift and does nothing about it; nothing is told but to the caller. */
export async function* lookForDrift(
  core: ManagerCore,
  usual: DriftPolicy,
  options: DriftOptions = {},
): AsyncGenerator<DriftFinding, void, undefined> {
  for await (const agent of agentsOf(core, options)) {
    const policy = policyOf(agent, usual, options);
    for (const observation of (await inspect(core, agent, options)).observations)
      yield toFinding(agent, observation, { policy, action: "none" });
  }
}

/**
 * Looks for drift, applies each agent's policy, and gives every finding with what was done. What was found and done is told as an event and kept in the
 * audit trail. With `fail`, rejects with `agent_drifted` once everything was looked at; the differences are in its message and details.
 */
export async function* checkDrift(
  core: ManagerCore,
  usual: DriftPolicy,
  options: DriftOptions = {},
): AsyncGenerator<DriftFinding, void, undefined> {
  const failed: DriftFinding[] = [];
  let failures = 0;
  for await (const agent of agentsOf(core, options)) {
    if ((await inspect(core, agent, options)).observations.length === 0) {
      await forgetAcceptance(core, agent);
      continue;
    }
    for (const finding of await applyPolicy(core, agent.key, {
      policy: policyOf(agent, usual, options),
      signal: options.signal,
    })) {
      yield finding;
      if (finding.action !== "failed") continue;
      failures += 1;
      if (failed.length < SHOWN_FAILURES) failed.push(finding);
    }
  }
  if (failures > 0) throw drifted(failed, failures);
}

/** Findings whose difference an error shows: the rest is counted. */
const SHOWN_FAILURES = 10;

/** Sets the policy of one agent; `undefined` gives it back to the manager's. */
export async function setDriftPolicy(
  core: ManagerCore,
  key: AgentKey,
  options: { readonly policy: DriftPolicy | undefined } & LifecycleCallOptions,
): Promise<void> {
  const { policy } = options;
  await underLease(core, { key, signal: options.signal }, async ({ held }) => {
    const agent = await getAgent(core, key);
    const data = { cause: "order", before: agent.settings["drift"] ?? null, after: policy ?? null };
    const events = [auditEvent(core, { type: "drift.policy", key, data })];
    await core.options.registry.agents.update({ lease: held.lease, key, settings: { drift: policy ?? null }, events });
  });
}

async function* agentsOf(core: ManagerCore, options: DriftOptions): AsyncGenerator<AgentRecord, void, undefined> {
  if (options.agentName !== undefined) {
    yield await getAgent(core, keyOf(core, options.agentName));
    return;
  }
  const { registry, service, scope } = core.options;
  yield* eachItem((cursor) => registry.agents.list({ location: service.location, scope, cursor, limit: 100 }));
}

function policyOf(agent: AgentRecord, usual: DriftPolicy, options: DriftOptions): DriftPolicy {
  const own = agent.settings["drift"];
  if (options.policy !== undefined) return options.policy;
  return own === "report" || own === "adopt" || own === "revert" || own === "fail" ? own : usual;
}

/** Under the lease everything is looked at once more: whoever held it before may have dealt with it. */
function applyPolicy(
  core: ManagerCore,
  key: AgentKey,
  params: { readonly policy: DriftPolicy } & LifecycleCallOptions,
): Promise<readonly DriftFinding[]> {
  const { policy, signal } = params;
  return underLease(core, { key, signal }, async (work) => {
    const findings: DriftFinding[] = [];
    const look = policy === "adopt" || policy === "revert" ? finishAndInspect : inspectAnew;
    for (const observation of (await look(work)).observations) {
      // Read anew for each: what was done about one may have moved the current revision.
      const agent = await getAgent(core, key);
      findings.push(await applyOne(work, agent, { observation, policy }));
    }
    return findings;
  });
}

async function applyOne(
  work: LeasedWork,
  agent: AgentRecord,
  params: { readonly observation: Observation; readonly policy: DriftPolicy },
): Promise<DriftFinding> {
  const { observation, policy } = params;
  const error = await act(work, agent, params);
  const action = error === undefined ? ACTIONS[policy] : "failed";
  const finding = { ...toFinding(agent, observation, { policy, action }), ...(error === undefined ? {} : { error }) };
  await tell(work, finding);
  return finding;
}

/** What keeps one agent from being brought in order must not keep the others from it. A lost lease or a caller who gave up ends the whole. */
async function act(
  work: LeasedWork,
  agent: AgentRecord,
  { observation, policy }: { readonly observation: Observation; readonly policy: DriftPolicy },
): Promise<TenureError | undefined> {
  try {
    if (policy === "adopt") await adoptDrift(work, agent, observation);
    if (policy === "revert") await revertDrift(work, agent, observation);
    return undefined;
  } catch (thrown) {
    const error = TenureError.from(thrown);
    if (error.code === "lease_lost" || work.signal.aborted) throw error;
    return error;
  }
}

const ACTIONS = { report: "reported", adopt: "adopted", revert: "reverted", fail: "failed" } as const;

async function tell({ core, key }: LeasedWork, finding: DriftFinding): Promise<void> {
  const { source, difference, fingerprint, remote, policy, error } = finding;
  const action = finding.action === "none" ? "reported" : finding.action;
  const changes = difference.map(({ path, kind, before, after }) => ({ path, kind, before, after }));
  const data = {
    cause: policy,
    source,
    action,
    fingerprint: fingerprint ?? null,
    remote: remote === undefined ? null : { ...remote },
    difference: changes,
    error: error?.code,
  };
  await core.options.registry.events.append({ events: [auditEvent(core, { type: "drift.found", key, data })] });
  core.emit({ type: "drift.found", agentName: key.name, source, action, difference });
}

/** An agent that was allowed to be disabled and is enabled again: the next time counts anew. */
async function forgetAcceptance(core: ManagerCore, agent: AgentRecord): Promise<void> {
  if (agent.settings["disabledAccepted"] !== true) return;
  const remote = await core.options.service.get({ serviceName: agent.serviceName });
  if (remote?.state !== "enabled") return;
  await underLease(core, { key: agent.key }, async ({ held }) => {
    await core.options.registry.agents.update({
      lease: held.lease,
      key: agent.key,
      settings: { disabledAccepted: null },
    });
  });
}

function toFinding(
  agent: AgentRecord,
  observation: Observation,
  judged: Pick<DriftFinding, "policy" | "action">,
): DriftFinding {
  const { source, revision, shown, difference } = observation;
  return {
    agentName: agent.key.name,
    serviceName: agent.serviceName,
    source,
    fingerprint: revision?.fingerprint,
    remote: shown?.ref,
    difference,
    text: formatDiff(difference),
    ...judged,
  };
}

function drifted(failed: readonly DriftFinding[], count: number): TenureError {
  const shown = failed.map(({ agentName, source, text, error }) =>
    [`"${agentName}" ${source}`, error?.message, text].filter(Boolean).join(":\n"),
  );
  const more = count > failed.length ? `\n… and ${count - failed.length} more` : "";
  return new TenureError(
    "agent_drifted",
    `${count} difference${count === 1 ? "" : "s"} from what was left in the service:\n${shown.join("\n")}${more}`,
    {
      details: { findings: failed.map(({ agentName, source, difference }) => ({ agentName, source, difference })) },
    },
  );
}
