import type { RunKind } from "./settings.ts";

/** A promise of the design that a run can see broken; the rules of the watches begin with it. */
export type Promised = "P1" | "P2" | "P3" | "P4" | "P5" | "P6" | "P7" | "P8";

/** A deliberate breakage of the protocol, as a change of its source. */
export interface Mutation {
  readonly name: string;
  /** What it breaks: a rule of this promise must catch it. */
  readonly promise: Promised;
  readonly edits: readonly Edit[];
  /** A seed that catches it: tried first, and all others if it no longer does. `npm run simulate -- --mutation NAME` finds one. */
  readonly seed?: number;
  /** The kind of run that catches it. Default: whatever the seed chooses. */
  readonly kind?: RunKind;
}

export interface Edit {
  /** Below `src/`. */
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

export const edit = (file: string, find: string, replace: string): Edit => ({ file, find, replace });
