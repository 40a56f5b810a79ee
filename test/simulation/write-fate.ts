import { TenureError } from "../../src/errors/index.ts";
import type { WriteOutcome } from "../../src/services/contract/index.ts";
import type { World } from "./world.ts";

/** What becomes of one write, decided when it is sent. */
export type Fate =
  | { readonly kind: "not-done"; readonly outcome: Exclude<WriteOutcome<never>, { readonly kind: "ok" }> }
  | {
      readonly kind: "done";
      /** Arrives only after that time; the sender learns nothing. */
      readonly lateMs: number | undefined;
      /** Arrives once more after that time. */
      readonly againMs: number | undefined;
      readonly isAnswerLost: boolean;
    };

const DONE = { kind: "done", lateMs: undefined, againMs: undefined, isAnswerLost: false } as const;

/** Draws the fate by the rates of the run. */
export function chooseFate(world: World, mayWander: boolean): Fate {
  const { choices } = world;
  if (!world.hasFaults) return DONE;
  if (world.strikes("refused"))
    return notDone("refused", new TenureError("forbidden", "The service refused.", { status: 403 }));
  if (world.strikes("conflict"))
    return notDone(
      "conflict",
      new TenureError("service_conflict", "Somebody else was there.", { status: 409, retryable: true }),
    );
  if (world.strikes("throttled")) {
    const error = new TenureError("service_throttled", "Too many requests.", { status: 429, retryable: true });
    return {
      kind: "not-done",
      outcome: { kind: "throttled", error, retryAfterMs: choices.oneOf([undefined, 100, 3_000]) },
    };
  }
  if (world.strikes("lostRequest")) return notDone("unknown", unavailable("The connection was reset."));
  if (world.strikes("serverErrorBefore")) return notDone("unknown", unavailable("The service answered 500."));
  if (mayWander && world.strikes("lateEffect")) return late(world);
  if (mayWander && world.strikes("duplicate"))
    return { ...DONE, againMs: wander(world), isAnswerLost: choices.chance(0.5) };
  if (world.strikes("lostAnswer") || world.strikes("serverErrorAfter")) return { ...DONE, isAnswerLost: true };
  return DONE;
}

/** Arrives after its sender has given up. */
export function late(world: World): Fate {
  return { ...DONE, lateMs: wander(world), isAnswerLost: true };
}

/** Short or long, never longer than `lateMs`. */
function wander(world: World): number {
  return Math.min(world.settings.options.lateMs, world.choices.oneOf([10, 300, 3_000, 50_000]));
}

function notDone(kind: "refused" | "conflict" | "unknown", error: TenureError): Fate {
  return { kind: "not-done", outcome: { kind, error } };
}

function unavailable(message: string): TenureError {
  return new TenureError("service_unavailable", message, { retryable: true });
}
