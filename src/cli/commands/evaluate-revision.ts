import type { Fingerprint } from "../../config/index.ts";
import { TenureError } from "../../errors/index.ts";
import type { JudgingAgent, Llmops, RunContext, Subject } from "../../llmops/index.ts";
import type { ProductionAgentManager } from "../../lifecycle/index.ts";
import type { AgentKey, RevisionRecord } from "../../registry/contract/index.ts";
import type { ModelResponse } from "../../services/contract/index.ts";

const CALL_TIMEOUT_MS = 120_000;

/** Whose answers are asked for, and what counts them. */
export interface RevisionParts {
  readonly manager: ProductionAgentManager;
  readonly llmops: Llmops;
  readonly revision: RevisionRecord;
}

/**
 * Finds a revision by `current`, by the service's version, or by the beginning of its fingerprint (with or without `v1:`).
 * Rejects with `agent_not_found`, `revision_not_found`, and `invalid_option` if the beginning fits more than one.
 */
export async function findRevision(
  manager: ProductionAgentManager,
  key: AgentKey,
  wanted: string,
): Promise<RevisionRecord> {
  const { agents } = manager.registry;
  const agent = await agents.get({ key });
  if (agent === undefined)
    throw new TenureError("agent_not_found", `There is no agent "${key.name}" in scope ${key.scope}.`);
  const { items } = await agents.listRevisions({ key, states: ["active", "retiring"], limit: 1000 });
  const hash = wanted.replace(/^v1:/, "");
  const found = items.filter(
    ({ fingerprint, remote }) =>
      (wanted === "current" && fingerprint === agent.current) ||
      remote.version === wanted ||
      (hash.length >= 4 && fingerprint.startsWith(`v1:${hash}`)),
  );
  const [only] = found;
  if (only === undefined)
    throw new TenureError("revision_not_found", `The agent "${key.name}" has no revision ${wanted}.`);
  if (found.length > 1)
    throw new TenureError(
      "invalid_option",
      `${wanted} fits ${found.length} revisions of "${key.name}": write more of it.`,
    );
  return only;
}

/** One revision as a subject: each question alone, without a conversation. What it uses is budgeted, priced and counted like a run. */
export function revisionSubject(parts: RevisionParts): Subject {
  const { revision } = parts;
  return {
    name: nameOf(revision),
    revision: { key: revision.key, fingerprint: revision.fingerprint },
    async answer(row, { signal }) {
      const response = await ask(parts, row.query, signal);
      return { text: response.text, usage: response.usage, output: response.output };
    },
  };
}

/** One revision as a judge. It counts itself. */
export function revisionJudge(parts: RevisionParts): JudgingAgent {
  return {
    async run(query, { signal }) {
      const response = await ask(parts, query, signal);
      const none = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, totalTokens: 0 };
      return { success: true, response: response.text, metrics: { tokens: response.usage ?? none } };
    },
  };
}

async function ask(parts: RevisionParts, query: string, signal: AbortSignal): Promise<ModelResponse> {
  const { manager, llmops, revision } = parts;
  const { budgets: budget, costs } = llmops;
  const context = contextOf(parts, query, signal);
  const inputText = `${JSON.stringify(revision.definition)}\n${query}`;
  const estimate = {
    inputText,
    carriedTokens: 0,
    maxOutputTokens: budget?.maxOutputTokens,
    round: 1,
    timeoutMs: CALL_TIMEOUT_MS,
  };
  const decision = await budget?.reserve(context, estimate);
  if (decision?.kind === "stop") {
    const { budget: name, limit, unit, used } = decision.breach;
    throw new TenureError("budget_exceeded", `The budget ${name} of ${limit} ${unit} has ${used} used.`, {
      details: { ...decision.breach },
    });
  }
  let response: ModelResponse | undefined;
  try {
    const maxOutputTokens = estimate.maxOutputTokens;
    response = await manager.service.runs.respond({ agent: revision.remote, input: query, maxOutputTokens, signal });
  } finally {
    const usage = response?.usage;
    const cost =
      usage === undefined ? undefined : await costs?.price({ context, usage, reportedModel: response?.model });
    if (decision !== undefined)
      await budget?.settle(decision.handle, { context, usage, costPico: cost?.costPico ?? null });
    if (usage !== undefined)
      costs?.record({ context, usage, costPico: cost?.costPico ?? null, failed: response?.status !== "completed" });
  }
  return usable(response);
}

function usable(response: ModelResponse): ModelResponse {
  const [call] = response.functionCalls;
  if (call !== undefined)
    throw new TenureError("run_failed", `The model asked for the local tool ${call.name}, which only its program has.`);
  if (response.status === "completed") return response;
  throw new TenureError(
    response.status === "incomplete" ? "run_incomplete" : "run_failed",
    response.error?.message ?? `The run ended as ${response.status}.`,
  );
}

function contextOf({ manager, revision }: RevisionParts, query: string, signal: AbortSignal): RunContext {
  return {
    host: manager,
    requestId: manager.runtime.newId(),
    key: revision.key,
    agentName: revision.key.name,
    query,
    sessionId: "evaluation",
    userId: undefined,
    model: revision.model,
    fingerprint: revision.fingerprint,
    remote: revision.remote,
    startedAt: manager.runtime.now(),
    expectedTopics: [],
    signal,
  };
}

function nameOf(revision: RevisionRecord): string {
  return revision.remote.version === undefined
    ? shortPrint(revision.fingerprint)
    : `${revision.key.name}:${revision.remote.version}`;
}

function shortPrint(fingerprint: Fingerprint): string {
  return fingerprint.slice(0, 11);
}
