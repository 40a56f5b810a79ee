import type { JsonObject } from "../config/index.ts";
import { TenureError } from "../errors/index.ts";
import { type RunAttachment, toContentPart } from "./input/attachment.ts";
import {
  booleanOption,
  idOption,
  refuseUnknown,
  signalOption,
  wholeNumber,
  wrongOption,
} from "../config/option-checks.ts";

/** How one question is run. */
export interface RunOptions {
  /** What a good answer speaks of; for the evaluation. */
  readonly expectedTopics?: readonly string[] | undefined;
  /** Who asks, 1 to 256 characters. Default: the agent object's. A session belongs to the first user that it saw. */
  readonly userId?: string | undefined;
  /** Cancels the run: waiting, tools and the service's work, as far as the service can be told. */
  readonly signal?: AbortSignal | undefined;
  /** Default: the agent object's. */
  readonly timeoutMs?: number | undefined;
  /** Default: the agent object's. */
  readonly maxOutputTokens?: number | undefined;
  /** Pictures and files that belong to the question. */
  readonly attachments?: readonly RunAttachment[] | undefined;
  /**
   * `true`: the question stands alone. It sees nothing of the session and leaves nothing in it: the run has a session of its own, which ends with it, so that
   * several may run at once. Default `false`.
   */
  readonly standalone?: boolean | undefined;
  /** `true`: the service works without a connection and is asked now and then; for answers that take minutes. Default `false`. */
  readonly background?: boolean | undefined;
}

/** A question that was checked, with every default filled in. */
export interface RunRequest {
  readonly query: string;
  readonly parts: readonly JsonObject[];
  readonly expectedTopics: readonly string[];
  readonly userId: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly maxOutputTokens: number | undefined;
  readonly background: boolean;
  readonly standalone: boolean;
}

/** What a run takes when its options say nothing. */
export interface RunDefaults {
  readonly userId: string | undefined;
  readonly timeoutMs: number;
  readonly maxOutputTokens: number | undefined;
}

/** Most milliseconds of any wait: a day. */
export const DAY_MS = 86_400_000;
/** Most output tokens that can be asked for. */
export const MOST_OUTPUT_TOKENS = 10_000_000;
/** Text of one message, by the service's limits. */
const LONGEST_QUERY = 1_500_000;

const KNOWN: ReadonlySet<string> = new Set<keyof RunOptions>([
  "expectedTopics",
  "userId",
  "signal",
  "timeoutMs",
  "maxOutputTokens",
  "attachments",
  "background",
  "standalone",
]);

/** Checks a question before anything is sent. Throws `invalid_option`. */
export function readRunOptions(query: string, options: RunOptions, defaults: RunDefaults): RunRequest {
  checkQuery(query);
  if (typeof options !== "object" || options === null) throw wrongOption("options", "an object", options);
  refuseUnknown("run", options, KNOWN);
  signalOption("signal", options.signal);
  return {
    query,
    parts: readAttachments(options.attachments),
    expectedTopics: readTopics(options.expectedTopics),
    userId: idOption("userId", options.userId) ?? defaults.userId,
    signal: options.signal,
    timeoutMs: wholeNumber("timeoutMs", options.timeoutMs, { min: 1, max: DAY_MS }) ?? defaults.timeoutMs,
    maxOutputTokens:
      wholeNumber("maxOutputTokens", options.maxOutputTokens, { min: 1, max: MOST_OUTPUT_TOKENS }) ??
      defaults.maxOutputTokens,
    background: booleanOption("background", options.background) ?? false,
    standalone: booleanOption("standalone", options.standalone) ?? false,
  };
}

function checkQuery(query: unknown): void {
  if (typeof query !== "string" || query.trim() === "") throw wrongOption("query", "a question", query);
  if (query.length > LONGEST_QUERY) {
    throw new TenureError(
      "invalid_option",
      `Expected \`query\` to have at most ${LONGEST_QUERY} characters, got ${query.length}.`,
    );
  }
  if (!query.isWellFormed())
    throw new TenureError("invalid_option", "Expected `query` to be whole Unicode, got unpaired surrogates.");
}

function readTopics(topics: unknown): readonly string[] {
  if (topics === undefined) return [];
  if (!Array.isArray(topics)) throw wrongOption("expectedTopics", "a list of texts", topics);
  return topics.map((topic: unknown, index) => {
    if (typeof topic !== "string" || topic.trim() === "")
      throw wrongOption(`expectedTopics[${index}]`, "a text", topic);
    return topic;
  });
}

function readAttachments(attachments: readonly RunAttachment[] | undefined): readonly JsonObject[] {
  if (attachments === undefined) return [];
  if (!Array.isArray(attachments)) throw wrongOption("attachments", "a list of attachments", attachments);
  return attachments.map((attachment, index) => toContentPart(attachment, index));
}
