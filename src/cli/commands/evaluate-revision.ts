import type { Fingerprint } from "../../config/index.ts";
import { RunDeadline } from "../../agent/pipeline/run-deadline.ts";
import { TenureError } from "../../errors/index.ts";
import { meteredCall } from "../../llmops/metered-call.ts";
import type { JudgingAgent, Llmops, RunContext, Subject } from "../../llmops/index.ts";
import type { ProductionAgentManager } from "../../lifecycle/index.ts";
import type { AgentKey, RevisionRecord } from "../../registry/contract/index.ts";
import { type ModelResponse, NO_TOKENS } from "../../services/contract/index.ts";

/** As long as a run of an agent has by default. */
const CALL_TIMEOUT_MS = 300_000;

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
      return { success: true, response: response.text, metrics: { tokens: response.usage ?? NO_TOKENS } };
    },
  };
}

async function ask(parts: RevisionParts, query: string, signal: AbortSignal): Promise<ModelResponse> {
  const { manager, llmops, revision } = parts;
  const { budgets: budget, costs } = llmops;
  const reason = (): TenureError => new TenureError("timeout", `No answer came within ${CALL_TIMEOUT_MS} ms.`);
  using deadline = new RunDeadline(manager.runtime, CALL_TIMEOUT_MS, { reason, parents: [signal] });
  const context = contextOf(parts, query, deadline.signal);
  const maxOutputTokens = budget?.maxOutputTokens;
  const params = { agent: revision.remote, input: query, maxOutputTokens, signal: deadline.signal };
  const inputText = `${JSON.stringify(revision.definition)}\n${query}`;
  const response = await meteredCall(budget, {
    context,
    estimate: { inputText, maxOutputTokens, timeoutMs: CALL_TIMEOUT_MS },
    make: () => manager.service.runs.respond(params),
    price: async ({ usage, model }) =>
      usage === undefined ? null : (await costs.price({ context, usage, reportedModel: model })).costPico,
    count: ({ usage = NO_TOKENS, costPico }, answer) =>
      costs.record({ context, usage, costPico, failed: answer?.status !== "completed" }),
  });
  return usable(response);
}

function usable(response: ModelResponse): ModelResponse {
  const [call] = response.functionCalls;
  if (call !== undefined)
    throw new TenureError("run_failed", `The model asked for the local tool ${call.name}, which only its program has.`);
  if (response.approvalRequests.length > 0)
    throw new TenureError("run_failed", "The model asked for leave to call a tool, which nobody is there to give.");
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
