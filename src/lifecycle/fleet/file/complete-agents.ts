import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Problems } from "../problems.ts";
import { readPromptAgent } from "../prompt-agent/read-prompt-agent.ts";
import { type Located, type LocatedEntry, memberOf, type Place } from "../source/located.ts";
import { mergeOver } from "../source/merge.ts";
import { fillIn, type Variables } from "../source/variables.ts";
import { readYaml } from "../source/read-yaml.ts";

/** What stands around the reading of one fleet file. */
export interface FileReading {
  readonly file: string;
  readonly variables: Variables;
  readonly problems: Problems;
  readonly notes: string[];
}

/** The file with every agent in full: defaults and source laid under it, its instructions read. Each file is read once. */
export async function completeAgents(root: Located, reading: FileReading): Promise<Located> {
  const agents = memberOf(root, "agents");
  if (root.kind !== "map" || agents?.kind !== "map") return root;
  const completer = new Completer(memberOf(root, "defaults"), reading);
  const complete = new Map<string, LocatedEntry>();
  for (const [name, entry] of agents.entries) {
    complete.set(name, { ...entry, value: await completer.complete(name, entry.value) });
  }
  const entries = new Map(root.entries);
  entries.set("agents", { keyPlace: agents.place, value: { ...agents, entries: complete } });
  return { ...root, entries };
}

class Completer {
  readonly #defaults: Located | undefined;
  readonly #reading: FileReading;
  readonly #texts = new Map<string, Promise<string | undefined>>();

  constructor(defaults: Located | undefined, reading: FileReading) {
    this.#defaults = defaults;
    this.#reading = reading;
  }

  async complete(name: string, entry: Located): Promise<Located> {
    const isEmpty = entry.kind === "scalar" && entry.value === null;
    const own: Located = isEmpty ? emptyAt(entry.place) : entry;
    if (own.kind !== "map") return own;
    if (own.entries.has("instructions") && own.entries.has("instructions_file")) {
      const { place } = own.entries.get("instructions_file")?.value ?? own;
      this.#reading.problems.add(
        place,
        `Expected \`agents.${name}\` to have \`instructions\` or \`instructions_file\`, not both.`,
      );
    }
    const source = await this.#source(own);
    const base = mergeOver(emptyAt(own.place), this.#defaults ?? emptyAt(own.place));
    const withSource = source === undefined ? base : mergeOver(base, source);
    return this.#withInstructions(mergeOver(withSource, own));
  }

  /** The prompt agent that the entry is made from. */
  async #source(own: Located): Promise<Located | undefined> {
    const named = memberOf(own, "source") ?? memberOf(this.#defaults, "source");
    if (named?.kind !== "scalar" || typeof named.value !== "string") return undefined;
    const { variables, problems, notes } = this.#reading;
    const text = await this.#read(named.value, named.place);
    if (text === undefined) return undefined;
    const root = await readYaml(text, named.value, problems);
    if (root === undefined) return undefined;
    return readPromptAgent(fillIn(root, variables, problems), { file: named.value, variables, problems, notes });
  }

  async #withInstructions(entry: Located): Promise<Located> {
    const named = memberOf(entry, "instructions_file");
    if (entry.kind !== "map" || named?.kind !== "scalar" || typeof named.value !== "string") return entry;
    const text = await this.#read(named.value, named.place);
    const entries = new Map(entry.entries);
    entries.delete("instructions_file");
    const { place } = named;
    if (text !== undefined) {
      entries.set("instructions", { keyPlace: place, value: { kind: "scalar", place, value: text, isPlain: false } });
    }
    return { ...entry, entries };
  }

  async #read(name: string, place: Place): Promise<string | undefined> {
    const path = resolve(dirname(this.#reading.file), name);
    const text = this.#texts.get(path) ?? readText(path);
    this.#texts.set(path, text);
    if ((await text) === undefined) this.#reading.problems.add(place, `The file \`${name}\` cannot be read.`);
    return text;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return withoutMark(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

/** Without the byte order mark that some editors put at the beginning. */
export function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function emptyAt(place: Place): Located {
  return { kind: "map", place, entries: new Map() };
}
