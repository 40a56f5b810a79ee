import type { Fingerprint } from "../../../src/config/index.ts";
import type { CallEstimate, RunContext, StageHost } from "../../../src/llmops/stages.ts";
import { MemoryRegistry } from "../../../src/registry/memory/index.ts";
import type { AgentRegistry } from "../../../src/registry/contract/index.ts";
import { type Runtime, systemRuntime, type Timer } from "../../../src/runtime/index.ts";
import type { AgentService, TokenUsage } from "../../../src/services/contract/index.ts";

export const FINGERPRINT: Fingerprint = `v1:${"0".repeat(64)}`;

/** A clock that stands still until it is moved. */
export interface ManualRuntime extends Runtime {
  /** Moves the clock and fires what is due. */
  advance(ms: number): void;
}

export function manualRuntime(start = Date.UTC(2026, 10, 23, 12)): ManualRuntime {
  let now = start;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  return {
    ...systemRuntime,
    now: () => now,
    monotonic: () => now - start,
    setTimer(ms, callback): Timer {
      const timer = { at: now + ms, callback };
      timers.add(timer);
      return { cancel: () => void timers.delete(timer) };
    },
    advance(ms) {
      now += ms;
      for (const timer of timers) {
        if (timer.at > now || !timers.delete(timer)) continue;
        timer.callback();
      }
    },
  };
}

/** What no stage touches of a service. */
const service = { location: "test:here" } as AgentService;

export function hostOf(parts: { readonly registry?: AgentRegistry; readonly runtime?: Runtime } = {}): StageHost {
  const runtime = parts.runtime ?? systemRuntime;
  const registry = parts.registry ?? new MemoryRegistry({ runtime });
  return { registry, runtime, service, process: { id: runtime.newId(), host: "test", pid: process.pid } };
}

export function contextOf(host: StageHost, parts: Partial<RunContext> = {}): RunContext {
  const agentName = parts.agentName ?? "analyst";
  return {
    host,
    requestId: host.runtime.newId(),
    key: { location: host.service.location, scope: "default", name: agentName },
    agentName,
    query: "What is NVIDIA's P/E ratio?",
    sessionId: "s1",
    userId: "u1",
    model: "gpt-4.1",
    fingerprint: FINGERPRINT,
    remote: { id: "analyst:1", name: "analyst", version: "1" },
    startedAt: host.runtime.now(),
    expectedTopics: [],
    signal: new AbortController().signal,
    ...parts,
  };
}

export function estimateOf(parts: Partial<CallEstimate> = {}): CallEstimate {
  return { inputText: "", carriedTokens: 0, maxOutputTokens: 100, round: 0, timeoutMs: 60_000, ...parts };
}

export function usageOf(inputTokens: number, outputTokens: number, parts: Partial<TokenUsage> = {}): TokenUsage {
  return {
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cachedInputTokens: 0,
    reasoningTokens: 0,
    ...parts,
  };
}
