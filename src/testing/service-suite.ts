import { agentCases } from "./service/agent-cases.ts";
import { failureCases } from "./service/failure-cases.ts";
import { runCases } from "./service/run-cases.ts";
import type { ServiceCase } from "./service/service-under-test.ts";

export type {
  FaultKind,
  OpenService,
  PlantedAgent,
  ServiceCase,
  ServiceFault,
  ServiceUnderTest,
} from "./service/service-under-test.ts";

/**
 * The contract of `AgentService` as cases. Every implementation runs them all and differs only by how it opens:
 *
 * ```ts
 * for (const { name, run } of serviceConformance) test(name, () => run(openMyService));
 * ```
 */
export const serviceConformance: readonly ServiceCase[] = [...agentCases, ...failureCases, ...runCases];
