import type { MeterCounters, MeterDelta, MeterDimension, MeterFilter, ScoreCounters } from "../contract/index.ts";

/** The value of a dimension in one entry. */
export function meterValue(delta: MeterDelta, dimension: MeterDimension): string {
  const values: Readonly<Record<MeterDimension, string>> = {
    agent: delta.key.name,
    revision: delta.fingerprint,
    session: delta.sessionId,
    user: delta.userId,
    model: delta.model,
    day: delta.day,
  };
  return values[dimension];
}

export function meterMatches(delta: MeterDelta, filter: MeterFilter): boolean {
  return (
    delta.key.location === filter.location &&
    delta.key.scope === filter.scope &&
    (filter.name === undefined || delta.key.name === filter.name) &&
    (filter.fingerprint === undefined || delta.fingerprint === filter.fingerprint) &&
    (filter.sessionId === undefined || delta.sessionId === filter.sessionId) &&
    (filter.userId === undefined || delta.userId === filter.userId) &&
    (filter.model === undefined || delta.model === filter.model) &&
    (filter.fromDay === undefined || delta.day >= filter.fromDay) &&
    (filter.toDay === undefined || delta.day <= filter.toDay)
  );
}

export function addMeterCounters(left: MeterCounters, right: MeterCounters): MeterCounters {
  return {
    runs: left.runs + right.runs,
    failedRuns: left.failedRuns + right.failedRuns,
    unpricedRuns: left.unpricedRuns + right.unpricedRuns,
    inputTokens: left.inputTokens + right.inputTokens,
    cachedInputTokens: left.cachedInputTokens + right.cachedInputTokens,
    outputTokens: left.outputTokens + right.outputTokens,
    reasoningTokens: left.reasoningTokens + right.reasoningTokens,
    costPico: left.costPico + right.costPico,
  };
}

export function addScoreCounters(left: ScoreCounters, right: ScoreCounters): ScoreCounters {
  return {
    count: left.count + right.count,
    failed: left.failed + right.failed,
    sumMicro: left.sumMicro + right.sumMicro,
    squareMicro: left.squareMicro + right.squareMicro,
    minMicro: Math.min(left.minMicro, right.minMicro),
    maxMicro: Math.max(left.maxMicro, right.maxMicro),
  };
}
