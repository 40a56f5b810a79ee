import type { ModelInput } from "../pipeline/run-scope.ts";

/** An input as a budget counts it before the call. */
export interface MeasuredInput {
  /** Everything but pictures and files, to be counted with a tokenizer. */
  readonly text: string;
  /** For pictures and files: a guess by kind and size. */
  readonly attachedTokens: number;
}

/** What a picture takes: at `low` detail a fixed amount, else what the vision models take for one of the largest size that they look at. */
const LOW_DETAIL_TOKENS = 100;
const IMAGE_TOKENS = 1_600;
/** Bytes for one token: of plain text; of PDF and office files, most of whose bytes are fonts, pictures and form. */
const TEXT_BYTES = 4;
const DOCUMENT_BYTES = 40;
/** For a file of unknown size (a URL, an id), and the least for any document. */
const UNKNOWN_FILE_TOKENS = 1_500;
const LEAST_DOCUMENT_TOKENS = 500;

/** Measures an input. The text of base64 is never counted: the model sees what it stands for. */
export function measureInput(input: ModelInput): MeasuredInput {
  if (typeof input === "string") return { text: input, attachedTokens: 0 };
  let attachedTokens = 0;
  const text = JSON.stringify(input, (_key, value: unknown) => {
    const tokens = tokensOf(value);
    attachedTokens += tokens ?? 0;
    return tokens === undefined ? value : undefined;
  });
  return { text, attachedTokens };
}

/** `undefined`: it is no picture and no file. */
function tokensOf(value: unknown): number | undefined {
  if (typeof value !== "object" || value === null || !("type" in value)) return undefined;
  if (value.type === "input_image")
    return "detail" in value && value.detail === "low" ? LOW_DETAIL_TOKENS : IMAGE_TOKENS;
  if (value.type === "input_file") return fileTokens(value);
  return undefined;
}

function fileTokens(part: object): number {
  const data = "file_data" in part ? part.file_data : "file_url" in part ? part.file_url : undefined;
  const [, mediaType, base64] = (typeof data === "string" ? /^data:([^;,]*);base64,(.*)$/su.exec(data) : null) ?? [];
  if (mediaType === undefined || base64 === undefined) return UNKNOWN_FILE_TOKENS;
  const bytes = Buffer.byteLength(base64, "base64");
  if (/^text\/|json|xml/u.test(mediaType)) return Math.ceil(bytes / TEXT_BYTES);
  return Math.max(LEAST_DOCUMENT_TOKENS, Math.ceil(bytes / DOCUMENT_BYTES));
}
