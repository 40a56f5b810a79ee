import { TenureError } from "../../src/errors/index.ts";
import type { World } from "./world.ts";

/** Steps within which every process closes, and every sweep ends. */
const MAX_STEPS = 5_000;

/** Lets the call come to its end. A failure breaks a promise unless it `isAnswer`, too. */
export async function settle<Value>(
  world: World,
  what: string,
  promise: Promise<Value>,
  isAnswer: (error: TenureError) => boolean = () => false,
): Promise<Value | undefined> {
  let outcome: { readonly value: Value } | { readonly error: TenureError } | undefined;
  promise.then(
    (value) => (outcome = { value }),
    (thrown: unknown) => (outcome = { error: TenureError.from(thrown) }),
  );
  await world.scheduler.runUntil(() => outcome !== undefined, MAX_STEPS);
  if (outcome === undefined) world.promises.broken("P8 hang", `The ${what} does not end.`);
  else if (!("error" in outcome)) return outcome.value;
  else if (!isAnswer(outcome.error))
    world.promises.broken(`P8 ${what}`, `The ${what} failed: ${outcome.error.message}`);
  return undefined;
}
