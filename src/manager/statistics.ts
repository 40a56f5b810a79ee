import { type AgentRecord, type AgentRegistry, picoToNumber, type UsageRecord } from "../registry/contract/index.ts";
import { eachRecord } from "./metadata.ts";
import type { ResolvedManagerOptions } from "./options.ts";
import { eachItem, liveRevisions } from "./protocol/live-revisions.ts";

/** Use and cost of one agent over all processes of the registry. */
export interface AgentUsage {
  /** How often it was asked for. */
  readonly useCount: number;
  readonly sessions: number;
  readonly createdAt: string;
  /** Absent if never used. */
  readonly lastUsed: string | undefined;
  readonly webSearchEnabled: boolean;
  /** Live revisions. */
  readonly revisions: number;
  readonly runs: number;
  readonly failedRuns: number;
  /** Those of `runs` that used tokens and have no price: `costUsd` is too low then. */
  readonly unpricedRuns: number;
  readonly tokens: {
    readonly input: number;
    readonly cachedInput: number;
    readonly output: number;
    readonly reasoning: number;
    readonly total: number;
  };
  /** Of the runs whose price is known; `null` if runs used tokens and no price is known of any. */
  readonly costUsd: number | null;
}

export interface AgentStats {
  /** Those that are there, and those that were used and are gone from the service. */
  readonly totalAgents: number;
  readonly agents: Readonly<Record<string, AgentUsage>>;
  /** Resolutions that made or changed something in the service. */
  readonly creations: number;
  readonly reuses: number;
  /** Part of the resolutions that reused, 0 to 1; 0 if there were none. */
  readonly reuseRate: number;
  readonly creationRate: number;
}

/** Reads the statistics of a scope. Usage is summed by agent; agents without use show zeros. One whose making is not over is none yet. */
export async function readStatistics(
  place: Pick<ResolvedManagerOptions, "registry" | "service" | "scope">,
): Promise<AgentStats> {
  const { registry, service, scope } = place;
  const { location } = service;
  const sums = new Map<string, Sum>();
  for await (const usage of eachItem((cursor) => registry.usage.list({ location, scope, cursor, limit: 1000 }))) {
    addUsage(sums, usage);
  }
  const sessions = await registry.sessions.count({ location, scope });
  const agents: Record<string, AgentUsage> = {};
  let creations = 0;
  let reuses = 0;
  for await (const agent of eachRecord(place)) {
    const { name } = agent.key;
    const sum = sums.get(name);
    const usage = await usageOf(registry, agent, { sum: sum ?? emptySum(), sessions: sessions.get(name) ?? 0 });
    if (usage.revisions === 0 && sum === undefined) continue;
    creations += sum?.creations ?? 0;
    reuses += sum?.reuses ?? 0;
    agents[name] = usage;
  }
  const total = creations + reuses;
  return {
    totalAgents: Object.keys(agents).length,
    agents,
    creations,
    reuses,
    reuseRate: total === 0 ? 0 : reuses / total,
    creationRate: total === 0 ? 0 : creations / total,
  };
}

interface Sum {
  uses: number;
  creations: number;
  reuses: number;
  runs: number;
  failedRuns: number;
  unpricedRuns: number;
  input: number;
  cachedInput: number;
  output: number;
  reasoning: number;
  costPico: bigint;
  lastUsedAt: number;
}

const emptySum = (): Sum => ({
  uses: 0,
  creations: 0,
  reuses: 0,
  runs: 0,
  failedRuns: 0,
  unpricedRuns: 0,
  input: 0,
  cachedInput: 0,
  output: 0,
  reasoning: 0,
  costPico: 0n,
  lastUsedAt: 0,
});

function addUsage(sums: Map<string, Sum>, usage: UsageRecord): void {
  const { name } = usage.key;
  const sum = sums.get(name) ?? emptySum();
  sums.set(name, sum);
  sum.uses += usage.uses;
  sum.creations += usage.creations;
  sum.reuses += usage.reuses;
  sum.runs += usage.runs;
  sum.failedRuns += usage.failedRuns;
  sum.unpricedRuns += usage.unpricedRuns;
  sum.input += usage.inputTokens;
  sum.cachedInput += usage.cachedInputTokens;
  sum.output += usage.outputTokens;
  sum.reasoning += usage.reasoningTokens;
  sum.costPico += usage.costPico;
  sum.lastUsedAt = Math.max(sum.lastUsedAt, usage.lastUsedAt);
}

async function usageOf(
  registry: AgentRegistry,
  agent: AgentRecord,
  facts: { readonly sum: Sum; readonly sessions: number },
): Promise<AgentUsage> {
  const { sum, sessions } = facts;
  let revisions = 0;
  let webSearchEnabled = false;
  for await (const revision of liveRevisions(registry, agent.key)) {
    revisions += 1;
    if (revision.fingerprint === agent.current) webSearchEnabled = revision.webSearchEnabled;
  }
  return {
    useCount: sum.uses,
    sessions,
    createdAt: new Date(agent.createdAt).toISOString(),
    lastUsed: sum.lastUsedAt === 0 ? undefined : new Date(sum.lastUsedAt).toISOString(),
    webSearchEnabled,
    revisions,
    runs: sum.runs,
    failedRuns: sum.failedRuns,
    unpricedRuns: sum.unpricedRuns,
    tokens: {
      input: sum.input,
      cachedInput: sum.cachedInput,
      output: sum.output,
      reasoning: sum.reasoning,
      total: sum.input + sum.output,
    },
    costUsd: sum.unpricedRuns > 0 && sum.costPico === 0n ? null : picoToNumber(sum.costPico),
  };
}
