import { createHash } from "node:crypto";
import type { EmulatorState } from "./state.ts";

/** Gives ids in the service's form. */
export interface IdSource {
  /** `next("conv")` gives `conv_` and 48 hexadecimal digits. */
  next(prefix: string): string;
  /** A version 4 shaped UUID. */
  uuid(): string;
}

/** Ids from the state's seed and counter: unique over restarts with one data file, and the same in every run for one seed. */
export function createIdSource(state: EmulatorState): IdSource {
  const digest = (): string => {
    state.lastId += 1;
    return createHash("sha256").update(`${state.seed}:${state.lastId}`).digest("hex");
  };
  return {
    next: (prefix) => `${prefix}_${digest().slice(0, 48)}`,
    uuid: () => {
      const hex = digest();
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
  };
}
