import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { describeValue, isJsonObject } from "../json.ts";
import { lockFile } from "./file-lock.ts";
import { type AssistantRecord, createState, type EmulatorState, type StoredObject } from "../state.ts";

const format = "tenure-emulator";
const formatVersion = 1;

/** Ids given out after the last save may be lost in a crash: after a restart they go on far behind them. */
const idGap = 1_000_000;

/** So many milliseconds may pass between a change and the file; a burst of changes becomes one write. */
const settleMs = 50;

/** The state, and the file that follows it. */
export interface Storage {
  readonly state: EmulatorState;
  /** Says that the state has changed. Returns at once. */
  changed(): void;
  /** Waits for the last write. Rejects if the file could not be written. */
  close(): Promise<void>;
}

type Snapshot = Omit<
  EmulatorState,
  "agents" | "assistants" | "conversations" | "responses" | "vectorStores" | "files" | "goneAgents"
> & {
  readonly agents: EmulatorState["agents"] extends Map<string, infer Item> ? Item[] : never;
  /** Absent in files of the first release. */
  readonly assistants?: AssistantRecord[] | undefined;
  /** Absent in files of the first release. */
  readonly vectorStores?: StoredObject[] | undefined;
  /** Absent in files of the first release. */
  readonly files?: StoredObject[] | undefined;
  readonly conversations: EmulatorState["conversations"] extends Map<string, infer Item> ? Item[] : never;
  readonly responses: EmulatorState["responses"] extends Map<string, infer Item> ? Item[] : never;
};

function serialize(state: EmulatorState): string {
  const { agents, assistants, conversations, responses, vectorStores, files, goneAgents: _, ...rest } = state;
  const snapshot: Snapshot = {
    ...rest,
    agents: [...agents.values()],
    assistants: [...assistants.values()],
    conversations: [...conversations.values()],
    responses: [...responses.values()],
    vectorStores: [...vectorStores.values()],
    files: [...files.values()],
  };
  return JSON.stringify({ format, version: formatVersion, state: snapshot });
}

function isSnapshot(value: unknown): value is Snapshot {
  if (!isJsonObject(value)) return false;
  const lists = [value.agents, value.conversations, value.responses];
  return lists.every(Array.isArray) && typeof value.seed === "string" && isJsonObject(value.counters);
}

function parse(text: string, path: string): EmulatorState {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    file = undefined;
  }
  if (!isJsonObject(file) || file.format !== format) {
    throw new Error(`Expected ${path} to be a data file of the Tenure emulator; it is something else or damaged`);
  }
  if (file.version !== formatVersion) {
    throw new Error(
      `Expected ${path} to have format version ${formatVersion}, got ${describeValue(file.version)}: it comes from another release`,
    );
  }
  const snapshot: unknown = file.state;
  if (!isSnapshot(snapshot)) throw new Error(`Expected ${path} to hold a whole state; it is damaged`);
  return {
    ...snapshot,
    lastId: snapshot.lastId + idGap,
    agents: new Map(snapshot.agents.map((agent) => [agent.name, agent])),
    assistants: new Map((snapshot.assistants ?? []).map((item) => [item.id, item])),
    conversations: new Map(snapshot.conversations.map((item) => [item.id, item])),
    responses: new Map(snapshot.responses.map((item) => [item.id, item])),
    vectorStores: new Map((snapshot.vectorStores ?? []).map((item) => [item.id, item])),
    files: new Map((snapshot.files ?? []).map((item) => [item.id, item])),
    goneAgents: new Map(),
  };
}

async function load(path: string, seed: string | undefined): Promise<EmulatorState> {
  try {
    return parse(await readFile(path, "utf8"), path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT") return createState(seed);
    if (code === "EISDIR") throw new Error(`Expected ${path} to be a file, got a directory`, { cause: error });
    throw error;
  }
}

/** A reader sees the old file or the new one, never half of one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

class DataFile implements Storage {
  readonly state: EmulatorState;
  readonly #path: string;
  readonly #unlock: () => Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #isDirty = false;
  #isClosed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, state: EmulatorState, unlock: () => Promise<void>) {
    this.#isDirty = true;
    this.#path = path;
    this.#unlock = unlock;
    this.state = state;
  }

  changed(): void {
    this.#isDirty = true;
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // A failure leaves the state dirty: the next change and `close` try again, and `close` reports.
      this.write().catch(() => undefined);
    }, settleMs);
  }

  write(): Promise<void> {
    const previous = this.#writing.catch(() => undefined);
    this.#writing = previous.then(async () => {
      if (!this.#isDirty) return;
      this.#isDirty = false;
      try {
        await replaceFile(this.#path, serialize(this.state));
      } catch (error) {
        this.#isDirty = true;
        throw error;
      }
    });
    return this.#writing;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.write().finally(this.#unlock);
  }
}

/**
 * Opens the state of a data file, which is made if it is missing, or a state in memory without one. Rejects with a sentence if the file is
 * something else, is damaged, is of another release, cannot be written or is in use: a file serves one emulator at a time.
 */
export async function openStorage(path: string | undefined, seed: string | undefined): Promise<Storage> {
  if (path === undefined) {
    return { state: createState(seed), changed: () => undefined, close: async () => undefined };
  }
  const absolute = resolve(path);
  await mkdir(dirname(absolute), { recursive: true });
  const unlock = await lockFile(absolute);
  try {
    const file = new DataFile(absolute, await load(absolute, seed), unlock);
    // Written at once: a place that cannot be written shows at the start, and ids given out before a crash stay behind.
    await file.write();
    return file;
  } catch (error) {
    await unlock();
    throw error;
  }
}
