import { Choices } from "./choices.ts";
import type { RunKind } from "./settings.ts";
import { simulate } from "./simulation.ts";
import type { Subject } from "./subject.ts";

/** A list of choices that fails, being made simpler. */
interface Shrinking {
  readonly subject: Subject;
  readonly rule: string;
  readonly kind: RunKind | undefined;
  best: readonly number[];
  runsLeft: number;
}

/**
 * The simplest list of choices that is found to break the same promise: parts are left out, set to 0, and lowered, from large parts to small ones, as long as
 * that helps. Gives the list itself if nothing simpler fails.
 */
export async function shrink(
  subject: Subject,
  failing: {
    readonly rule: string;
    readonly choices: readonly number[];
    /** If the run did not choose it. */
    readonly kind?: RunKind | undefined;
    readonly maxRuns?: number;
  },
): Promise<readonly number[]> {
  const state: Shrinking = {
    subject,
    rule: failing.rule,
    kind: failing.kind,
    best: trimmed(failing.choices),
    runsLeft: failing.maxRuns ?? 3_000,
  };
  for (let before: readonly number[] = []; before !== state.best && state.runsLeft > 0;) {
    before = state.best;
    await shorten(state);
    for (let size = 64; size >= 1; size = Math.floor(size / 2)) {
      await leaveOut(state, size);
      await setToZero(state, size);
    }
    await lower(state);
  }
  return state.best;
}

async function shorten(state: Shrinking): Promise<void> {
  for (let cut = Math.floor(state.best.length / 2); cut >= 1;) {
    if (!(await accept(state, state.best.slice(0, -cut)))) cut = Math.floor(cut / 2);
  }
}

async function leaveOut(state: Shrinking, size: number): Promise<void> {
  for (let start = state.best.length - size; start >= 0; start -= size) {
    await accept(state, state.best.toSpliced(start, size));
  }
}

async function setToZero(state: Shrinking, size: number): Promise<void> {
  for (let start = 0; start < state.best.length; start += size) {
    const end = start + size;
    if (state.best.slice(start, end).some((choice) => choice > 0))
      await accept(
        state,
        state.best.map((choice, place) => (place >= start && place < end ? 0 : choice)),
      );
  }
}

async function lower(state: Shrinking): Promise<void> {
  for (let place = 0; place < state.best.length; place += 1) {
    const choice = state.best[place] ?? 0;
    for (const less of [Math.floor(choice / 2), choice - 1]) {
      if (less > 0 && less < choice && (await accept(state, state.best.with(place, less)))) break;
    }
  }
}

/** Takes the list if it is simpler and fails alike. */
async function accept(state: Shrinking, list: readonly number[]): Promise<boolean> {
  const candidate = trimmed(list);
  if (state.runsLeft <= 0 || !isSimpler(candidate, state.best)) return false;
  state.runsLeft -= 1;
  const { violation, choices } = await simulate(Choices.replay(candidate), state.subject, { kind: state.kind });
  if (violation?.rule !== state.rule) return false;
  // What was not asked for any more needs not be kept.
  const used = trimmed(choices);
  state.best = isSimpler(used, candidate) ? used : candidate;
  return true;
}

/** Shorter is simpler; of two equally long ones the smaller. */
function isSimpler(one: readonly number[], other: readonly number[]): boolean {
  if (one.length !== other.length) return one.length < other.length;
  const place = one.findIndex((choice, index) => choice !== other[index]);
  return place >= 0 && (one[place] ?? 0) < (other[place] ?? 0);
}

/** Zeros at the end say nothing. */
function trimmed(list: readonly number[]): readonly number[] {
  return list.slice(0, list.findLastIndex((choice) => choice > 0) + 1);
}
