/** A line. */
export function say(text = ""): void {
  console.log(text);
}

/** A line that begins a part. */
export function title(text: string): void {
  say(`\n${text}\n${"=".repeat(text.length)}`);
}

/** A line that begins a step. */
export function step(text: string): void {
  say(`\n- ${text}`);
}

/** A fact of the step. */
export function fact(name: string, value: string | number | boolean): void {
  say(`    ${`${name}:`.padEnd(26)}${value}`);
}
