/** Where a command writes, and whether a person reads it. */
export interface Terminal {
  /** Results: standard output. */
  print(text: string): void;
  /** Everything else: standard error. */
  note(text: string): void;
  /** Whether somebody can be asked. */
  readonly isInteractive: boolean;
}

/** The process's own. */
export const processTerminal: Terminal = {
  print: (text) => void process.stdout.write(`${text}\n`),
  note: (text) => void process.stderr.write(`${text}\n`),
  isInteractive: process.stdin.isTTY && process.stdout.isTTY,
};
