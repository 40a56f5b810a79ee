import { TenureError } from "../../errors/index.ts";
import type { RunContext } from "../../llmops/stages.ts";
import type { ManagedAgent } from "../../manager/index.ts";
import type { SessionHold } from "../sessions/session-hold.ts";
import type { AgentSource, SourceOptions } from "./agent-source.ts";
import type { RunScope, RunTarget } from "./run-scope.ts";

/** Longest wait that a resolution takes. */
const HOUR_MS = 3_600_000;

/** The agent for a run: its `own` if it has one, the revision that the session is pinned to if it is, else the one that fits the configuration. */
export async function chooseTarget(
  run: RunScope,
  source: AgentSource,
  session: SessionHold,
  own: ManagedAgent | undefined,
): Promise<RunTarget> {
  if (own !== undefined) return targetOf(run, own);
  const pinned = await pinnedAgent(run, session);
  if (pinned !== undefined) return targetOf(run, pinned, { isPinned: true });
  const target = targetOf(run, await source.resolve(undefined, waitLimits(run)));
  const before = session.record;
  if (before?.conversationId !== undefined && before.fingerprint !== target.agent.fingerprint) noticeMove(run);
  return target;
}

/** The agent with a cheaper model, because a budget wants it. */
export async function degradedTarget(
  run: RunScope,
  source: AgentSource,
  order: { readonly from: RunTarget; readonly model: string },
): Promise<RunTarget> {
  const agent = await source.resolve(order.model, waitLimits(run));
  return targetOf(run, agent, { degradedTo: order.model, home: order.from.home });
}

/** The agent once more, after the service said at a run that it does not exist. */
export async function repairedTarget(run: RunScope, source: AgentSource, lost: RunTarget): Promise<RunTarget> {
  if (lost.isPinned) {
    noticeMove(run);
    return targetOf(run, await source.resolve(undefined, waitLimits(run)));
  }
  const agent = await source.repair(lost.agent, lost.degradedTo, waitLimits(run));
  run.notice("agent_repaired", "The service did not know the agent any more; it was made again.");
  return targetOf(run, agent, lost.degradedTo === undefined ? {} : { degradedTo: lost.degradedTo, home: lost.home });
}

function noticeMove(run: RunScope): void {
  if (run.settings.onAgentChange === "pin") {
    run.notice("pin_lost", "The revision that the session was pinned to is gone; it goes on with the present one.");
  } else {
    run.notice(
      "session_moved",
      "The agent has changed since the session's last run; it goes on with the new configuration.",
    );
  }
}

async function pinnedAgent(run: RunScope, session: SessionHold): Promise<ManagedAgent | undefined> {
  const { record } = session;
  const { manager, onAgentChange, agentName } = run.settings;
  if (onAgentChange !== "pin" || record?.conversationId === undefined) return undefined;
  const { key, fingerprint } = record;
  const revision = await manager.registry.agents.getRevision({ key, fingerprint });
  if (revision === undefined || revision.state === "deleted") return undefined;
  return Object.freeze({
    agentName,
    outcome: "reused",
    reused: true,
    remote: revision.remote,
    fingerprint,
    model: revision.model,
    webSearchEnabled: revision.webSearchEnabled,
    sessionId: undefined,
  });
}

function targetOf(
  run: RunScope,
  agent: ManagedAgent,
  {
    isPinned = false,
    degradedTo,
    home = agent.fingerprint,
  }: Partial<Pick<RunTarget, "isPinned" | "degradedTo" | "home">> = {},
): RunTarget {
  const { manager, agentName, sessionId } = run.settings;
  run.tally.agentReused = agent.reused;
  const context: RunContext = Object.freeze({
    host: { registry: manager.registry, service: manager.service, runtime: manager.runtime, process: manager.process },
    requestId: run.requestId,
    key: manager.keyOf(agent.agentName),
    agentName,
    query: run.request.query,
    sessionId,
    userId: run.request.userId,
    model: agent.model,
    fingerprint: agent.fingerprint,
    remote: agent.remote,
    startedAt: run.startedAt,
    expectedTopics: run.request.expectedTopics,
    signal: run.signal,
  });
  return { agent, context, isPinned, degradedTo, home };
}

/** What the run still allows for resolving its agent. */
export function waitLimits(run: RunScope): SourceOptions {
  return { signal: run.signal, timeoutMs: Math.min(run.deadline.remainingMs, HOUR_MS) };
}

/** The run's user must be the session's: a session is one user's dialogue, and its next answer may quote what was said before. */
export function checkUser(run: RunScope, session: SessionHold): void {
  const owner = session.record?.userId;
  const { userId } = run.request;
  if (owner === undefined || userId === undefined || owner === userId) return;
  throw new TenureError(
    "session_conflict",
    `Session ${JSON.stringify(run.settings.sessionId)} belongs to another user than ${JSON.stringify(userId)}.`,
    {
      hint: "Give each user a session of their own.",
    },
  );
}
