import { agentCases } from "./registry/agent-cases.ts";
import { aliasCases } from "./registry/alias-cases.ts";
import { budgetCases } from "./registry/budget-cases.ts";
import { eventCases } from "./registry/event-cases.ts";
import { fencingCases } from "./registry/fencing-cases.ts";
import { intentCases } from "./registry/intent-cases.ts";
import { leaseCases } from "./registry/lease-cases.ts";
import { lifetimeCases } from "./registry/lifetime-cases.ts";
import { meterCases } from "./registry/meter-cases.ts";
import type { RegistryCase } from "./registry/registry-under-test.ts";
import { runCases } from "./registry/run-cases.ts";
import { scoreCases } from "./registry/score-cases.ts";
import { sessionCases } from "./registry/session-cases.ts";
import { usageCases } from "./registry/usage-cases.ts";

export type { OpenRegistry, RegistryCase, RegistryUnderTest } from "./registry/registry-under-test.ts";

/**
 * The contract of `AgentRegistry` as cases. Every implementation runs them all and differs only by how it opens:
 *
 * ```ts
 * for (const { name, run } of registryConformance) test(name, () => run(openMyRegistry));
 * ```
 */
export const registryConformance: readonly RegistryCase[] = [
  ...lifetimeCases,
  ...leaseCases,
  ...agentCases,
  ...aliasCases,
  ...intentCases,
  ...fencingCases,
  ...usageCases,
  ...sessionCases,
  ...eventCases,
  ...budgetCases,
  ...meterCases,
  ...runCases,
  ...scoreCases,
];
