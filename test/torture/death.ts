import { PROTOCOL_STEPS } from "../../src/manager/protocol/steps.ts";

/** Where a process is to die: at the n-th time that it comes to this step. */
export interface Death {
  readonly step: string;
  readonly time: number;
}

/** Beside the protocol's own steps: the create is on its way, and its answer has not come. */
export const IN_POST = "in-post";

/** Where a process can be told to die. */
export const MORTAL_STEPS: readonly string[] = [
  ...Object.keys(PROTOCOL_STEPS).filter((step) => step !== "start" && step !== "end"),
  IN_POST,
];
