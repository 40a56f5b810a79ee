import { TenureError } from "../../../errors/index.ts";
import { shown } from "../../../config/expectation.ts";
import { loadPackage } from "../../optional-package.ts";
import type { EvaluationInput, Evaluator } from "../evaluator.ts";

/** The part of an `autoevals` score that is used. */
interface AutoevalsScore {
  readonly score: number | null;
  readonly error?: unknown;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

export interface AutoevalsOptions {
  /** Default: the scorer's name. */
  readonly name?: string | undefined;
  /** Further arguments of the scorer: `client`, `model`, `criteria`, … */
  readonly args?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * A scorer of the optional package `autoevals`, by its exported name: `Levenshtein`, `ExactMatch`, `Factuality`, `ClosedQA`, … Rejects with
 * `package_missing` when the package is absent. Scorers that call a model do it by their own client: what they use is neither counted nor budgeted.
 */
export function autoevals(scorer: string, options: AutoevalsOptions = {}): Evaluator {
  if (typeof scorer !== "string" || !/^[A-Z]\w*$/.test(scorer)) {
    throw new TenureError(
      "invalid_option",
      `Expected \`scorer\` to be the name of a scorer of autoevals such as Levenshtein, got ${shown(scorer)}.`,
    );
  }
  return {
    name: options.name ?? scorer,
    limits: `Whatever limits ${scorer} of autoevals; its own model calls are not counted.`,
    async evaluate(input) {
      const result = await (await loadScorer(scorer))({ ...argumentsOf(input), ...options.args });
      if (result.error !== undefined)
        throw new TenureError("evaluator_failed", `${scorer} of autoevals failed.`, { cause: result.error });
      const rationale = result.metadata?.["rationale"];
      return { score: result.score, ...(typeof rationale === "string" ? { reason: rationale } : {}) };
    },
  };
}

type Scorer = (args: Readonly<Record<string, unknown>>) => AutoevalsScore | Promise<AutoevalsScore>;

async function loadScorer(scorer: string): Promise<Scorer> {
  const exports: Readonly<Record<string, unknown>> = await loadPackage(
    "autoevals",
    () => import("autoevals"),
    "This evaluator",
  );
  const found = exports[scorer];
  if (typeof found === "function") return found as Scorer;
  throw new TenureError("invalid_option", `The installed autoevals has no scorer called ${scorer}.`);
}

function argumentsOf(input: EvaluationInput): Readonly<Record<string, unknown>> {
  return {
    input: input.query,
    output: input.answer,
    ...(input.expected === undefined ? {} : { expected: input.expected }),
    ...(input.context === undefined ? {} : { context: input.context }),
  };
}
