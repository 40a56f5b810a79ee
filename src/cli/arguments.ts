import { InvalidArgumentError } from "commander";

/** Reads the value of an option as a number from `least` to `most`; a whole one unless `most` is 1. */
export function numberFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && value >= least && value <= most && (most === 1 || Number.isInteger(value))) return value;
    throw new InvalidArgumentError(`Expected a ${most === 1 ? "" : "whole "}number from ${least} to ${most}.`);
  };
}

/** `1 agent`, `2 agents`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
