// A reader of regular expressions that writes the shortest text each part allows. It knows what schemas use: classes,
// groups, alternatives, repetitions and anchors. Look-around and back references stand for nothing.

interface Reader {
  readonly pattern: string;
  at: number;
}

const ESCAPED_CLASSES: Readonly<Record<string, string>> = {
  d: "1",
  w: "a",
  s: " ",
  D: "a",
  W: "-",
  S: "a",
  n: "\n",
  t: "\t",
  r: "\r",
};
const CANDIDATES = "aA1b2c3-_. xyzXYZ0456789@/:,+#!?()[]{}";

/**
 * A text that the pattern matches, repeated parts extended to reach `minLength`. If the pattern holds something this
 * reader does not know, the text is its best guess.
 */
export function sampleOfPattern(pattern: string, minLength: number): string {
  for (let repeat = 0; repeat <= Math.max(1, minLength); repeat += 1) {
    const text = readAlternatives({ pattern, at: 0 }, repeat);
    if ([...text].length >= minLength && compile(pattern)?.test(text) === true) return text;
  }
  return readAlternatives({ pattern, at: 0 }, minLength);
}

// Schemas written for other engines hold escapes that are errors under the `u` flag, and some that are errors anyway.
function compile(pattern: string): RegExp | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(pattern, flags);
    } catch {
      // The next flags, or no way to check.
    }
  }
  return undefined;
}

function readAlternatives(reader: Reader, repeat: number): string {
  const first = readSequence(reader, repeat);
  while (reader.pattern[reader.at] === "|") {
    reader.at += 1;
    readSequence(reader, repeat);
  }
  return first;
}

function readSequence(reader: Reader, repeat: number): string {
  let text = "";
  while (reader.at < reader.pattern.length && !"|)".includes(reader.pattern[reader.at] ?? "")) {
    const atom = readAtom(reader, repeat);
    text += atom.repeat(readCount(reader, repeat));
  }
  return text;
}

function readAtom(reader: Reader, repeat: number): string {
  const char = reader.pattern[reader.at] ?? "";
  reader.at += 1;
  if (char === "(") return readGroup(reader, repeat);
  if (char === "[") return readClass(reader);
  if (char === "\\") return readEscape(reader);
  if (char === "^" || char === "$") return "";
  return char === "." ? "a" : char;
}

function readGroup(reader: Reader, repeat: number): string {
  const opening = /^\?(?:[:=!]|<[=!]|<\w+>)/u.exec(reader.pattern.slice(reader.at))?.[0] ?? "";
  reader.at += opening.length;
  const text = readAlternatives(reader, repeat);
  reader.at += 1;
  return /[=!]$/u.test(opening) ? "" : text;
}

function readClass(reader: Reader): string {
  const start = reader.at - 1;
  while (reader.at < reader.pattern.length && reader.pattern[reader.at] !== "]") {
    reader.at += reader.pattern[reader.at] === "\\" ? 2 : 1;
  }
  reader.at += 1;
  const matcher = compile(reader.pattern.slice(start, reader.at));
  const first = reader.pattern[start + 1] ?? "";
  return [...CANDIDATES, first].find((candidate) => matcher?.test(candidate)) ?? first;
}

function readEscape(reader: Reader): string {
  const char = reader.pattern[reader.at] ?? "";
  reader.at += 1;
  if (char === "p" || char === "P") {
    reader.at = reader.pattern.indexOf("}", reader.at) + 1;
    return "a";
  }
  return char === "b" || char === "B" ? "" : (ESCAPED_CLASSES[char] ?? char);
}

/** How often the atom before is written: its least number, or `repeat` where more are allowed. */
function readCount(reader: Reader, repeat: number): number {
  const quantifier = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/u.exec(reader.pattern.slice(reader.at));
  if (quantifier === null) return 1;
  reader.at += quantifier[0].length;
  const [symbol, least, comma, most] = quantifier;
  if (symbol.startsWith("?")) return Math.min(1, repeat);
  if (symbol.startsWith("*")) return repeat;
  if (symbol.startsWith("+")) return Math.max(1, repeat);
  const minimum = Number(least);
  if (comma === "") return minimum;
  return Math.max(minimum, Math.min(repeat, most === "" ? repeat : Number(most)));
}
