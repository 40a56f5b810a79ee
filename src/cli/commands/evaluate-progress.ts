import { stderr } from "node:process";

/** What a person sees while questions are put. */
export interface EvaluationProgress {
  advance(message: string): void;
  stop(): void;
}

/** A bar on standard error, if a terminal is there; nothing otherwise. */
export async function startProgress(total: number): Promise<EvaluationProgress> {
  if (!stderr.isTTY) return { advance: () => undefined, stop: () => undefined };
  const { progress } = await import("@clack/prompts");
  const bar = progress({ max: total, output: stderr });
  bar.start(`0 of ${total}`);
  let done = 0;
  return {
    advance(message) {
      done += 1;
      bar.advance(1, `${done} of ${total}: ${message.slice(0, 60)}`);
    },
    stop: () => bar.stop(`${done} of ${total}`),
  };
}
