import type { WeightedEvaluator } from "../evaluator.ts";
import { citations } from "./citations.ts";
import { neutralTone } from "./neutral-tone.ts";
import { numbers } from "./numbers.ts";
import { structure } from "./structure.ts";
import { topicCoverage } from "./topic-coverage.ts";

export { citations, neutralTone, numbers, structure, topicCoverage };

/** The five measures that hold without configuration. They cost nothing and call nobody; they see form, not truth. */
export const DEFAULT_MEASURES: readonly WeightedEvaluator[] = [
  { evaluator: topicCoverage, weight: 0.35 },
  { evaluator: citations, weight: 0.25 },
  { evaluator: numbers, weight: 0.2 },
  { evaluator: structure, weight: 0.1 },
  { evaluator: neutralTone, weight: 0.1 },
];
