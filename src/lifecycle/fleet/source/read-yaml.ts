import type { LineCounter, Node, Scalar, YAMLError, YAMLMap, YAMLSeq } from "yaml";
import type { Problems } from "../problems.ts";
import type { Located, LocatedEntry, Place } from "./located.ts";

/** More text than any fleet has; a fleet of 10,000 agents is a tenth of it. */
const MAX_CHARACTERS = 20_000_000;
/** Values that aliases may stand for altogether. Nine anchors that name each other nine times would be 400 million. */
const MAX_ALIASED = 20_000;

/** One wrong character makes most of what follows it unexpected: the first few errors say what is wrong. */
const MAX_SYNTAX_ERRORS = 5;

/** Reads YAML 1.2 into values that know their places. What is wrong goes to `problems`; `undefined` if nothing could be read. */
export async function readYaml(text: string, file: string, problems: Problems): Promise<Located | undefined> {
  const start: Place = { file, line: 1, column: 1 };
  if (text.length > MAX_CHARACTERS) {
    problems.add(start, `The file has ${text.length} characters; at most ${MAX_CHARACTERS} are read.`);
    return undefined;
  }
  const yaml = await import("yaml");
  const lines = new yaml.LineCounter();
  try {
    const options = { lineCounter: lines, prettyErrors: false, stringKeys: true, logLevel: "error" } as const;
    const document = yaml.parseDocument(text, options);
    for (const error of [...document.errors, ...document.warnings].slice(0, MAX_SYNTAX_ERRORS)) {
      problems.add(placeAt(lines, file, error.pos[0]), explain(error, text));
    }
    if (problems.count > 0 || document.contents === null) return undefined;
    return new Reader(yaml, { file, lines, problems }).read(document.contents);
  } catch (thrown) {
    // The parser recurses: some thousand brackets exhaust the stack.
    if (!(thrown instanceof RangeError)) throw thrown;
    problems.add(start, "The file is nested too deeply to be read.");
    return undefined;
  }
}

function placeAt(lines: LineCounter, file: string, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { file, line: Math.max(1, line), column: Math.max(1, col) };
}

function explain(error: YAMLError, text: string): string {
  if (error.code === "TAB_AS_INDENT") return "A tab is used as indentation; YAML takes spaces only.";
  if (error.code === "DUPLICATE_KEY") {
    const key = /^["']?([^:"'\n]{1,80})/.exec(text.slice(error.pos[0], error.pos[0] + 100))?.[1]?.trim();
    return `The key \`${key ?? "?"}\` is there twice.`;
  }
  if (error.code === "MULTIPLE_DOCS") return "The file holds more than one YAML document.";
  return error.message;
}

interface Reading {
  readonly file: string;
  readonly lines: LineCounter;
  readonly problems: Problems;
}

/** Walks the parsed document. Anchors are read in the order of the text, as YAML says. */
class Reader {
  readonly #yaml: typeof import("yaml");
  readonly #reading: Reading;
  readonly #anchors = new Map<string, Node>();
  /** Collections that the walk is inside of. */
  readonly #open = new Set<Node>();
  #aliased = 0;
  #aliasDepth = 0;

  constructor(yaml: typeof import("yaml"), reading: Reading) {
    this.#yaml = yaml;
    this.#reading = reading;
  }

  read(node: Node): Located {
    return this.#node(node, { file: this.#reading.file, line: 1, column: 1 });
  }

  #node(node: unknown, around: Place): Located {
    const { isAlias, isMap, isNode, isScalar, isSeq } = this.#yaml;
    const place = this.#place(node, around);
    if (this.#aliasDepth > 0) this.#aliased += 1;
    if (!isNode(node) || this.#aliased > MAX_ALIASED) return nothingAt(place);
    if (isAlias(node)) return this.#alias(node.source, place);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    if (isScalar(node)) return this.#scalar(node, place);
    this.#open.add(node);
    const located = isMap(node) ? this.#map(node, place) : isSeq(node) ? this.#list(node, place) : nothingAt(place);
    this.#open.delete(node);
    return located;
  }

  #place(node: unknown, around: Place): Place {
    const { file, lines } = this.#reading;
    if (!this.#yaml.isNode(node) || node.range === null || node.range === undefined) return around;
    return placeAt(lines, file, node.range[0]);
  }

  #map(map: YAMLMap, place: Place): Located {
    const entries = new Map<string, LocatedEntry>();
    for (const { key, value } of map.items) {
      const keyPlace = this.#place(key, place);
      const name = this.#yaml.isScalar(key) ? String(key.value) : String(key);
      entries.set(name, { keyPlace, value: this.#node(value, keyPlace) });
    }
    return { kind: "map", place, entries };
  }

  #list(list: YAMLSeq, place: Place): Located {
    return { kind: "list", place, items: list.items.map((item) => this.#node(item, place)) };
  }

  #scalar({ value, type }: Scalar, place: Place): Located {
    const isPlain = type === "PLAIN";
    if (typeof value === "string" || typeof value === "boolean" || value === null)
      return { kind: "scalar", place, value, isPlain };
    if (typeof value === "number" && Number.isFinite(value)) return { kind: "scalar", place, value, isPlain };
    this.#reading.problems.add(
      place,
      `Expected a text, a number that JSON can say, true, false or null, got ${typeof value === "number" ? value : "something else"}.`,
    );
    return nothingAt(place);
  }

  #alias(name: string, place: Place): Located {
    const { problems } = this.#reading;
    const target = this.#anchors.get(name);
    if (target === undefined || this.#open.has(target)) {
      problems.add(
        place,
        target === undefined
          ? `There is no anchor \`&${name}\` before this.`
          : `The anchor \`&${name}\` contains itself.`,
      );
      return nothingAt(place);
    }
    this.#aliasDepth += 1;
    const located = this.#node(target, place);
    this.#aliasDepth -= 1;
    if (this.#aliased <= MAX_ALIASED) return located;
    if (this.#aliasDepth === 0)
      problems.add(place, `The aliases stand for more than ${MAX_ALIASED} values: the anchors explode.`);
    return nothingAt(place);
  }
}

function nothingAt(place: Place): Located {
  return { kind: "scalar", place, value: null, isPlain: true };
}
