import type { JsonObject } from "../../config/index.ts";
import { wrongOption } from "../../config/option-checks.ts";

/** A picture or a file that goes to the model with the question. Exactly one of `url`, `fileId` and `data` says where it is. */
export type RunAttachment = ImageAttachment | FileAttachment;

interface Source {
  /** `https:` or `data:`. */
  readonly url?: string | undefined;
  /** Id of a file that was uploaded to the service. */
  readonly fileId?: string | undefined;
  /** The content itself. */
  readonly data?: Uint8Array | undefined;
}

export interface ImageAttachment extends Source {
  readonly type: "image";
  /** Of `data`, e.g. `image/png`. Required with it. */
  readonly mediaType?: string | undefined;
  /** How closely the model looks. Default: the service's. */
  readonly detail?: "auto" | "low" | "high" | undefined;
}

export interface FileAttachment extends Source {
  readonly type: "file";
  /** Required with `data`. */
  readonly filename?: string | undefined;
  /** Of `data`. Default `application/pdf`. */
  readonly mediaType?: string | undefined;
}

/** The attachment as a content part of the Responses API. Rejects with `invalid_option`. */
export function toContentPart(attachment: RunAttachment, index: number): JsonObject {
  const field = `attachments[${index}]`;
  if (typeof attachment !== "object" || attachment === null) throw wrongOption(field, "an attachment", attachment);
  const given = [attachment.url, attachment.fileId, attachment.data].filter((source) => source !== undefined);
  if (given.length !== 1)
    throw wrongOption(field, "an attachment with exactly one of `url`, `fileId` and `data`", attachment);
  checkSources(field, attachment);
  if (attachment.type === "image") return imagePart(field, attachment);
  if (attachment.type === "file") return filePart(field, attachment);
  throw wrongOption(`${field}.type`, '"image" or "file"', Reflect.get(attachment, "type"));
}

function checkSources(field: string, { url, fileId, data }: Source): void {
  if (url !== undefined && !(URL.canParse(url) && /^(https?|data):/i.test(url)))
    throw wrongOption(`${field}.url`, "an https: or data: URL", url);
  if (fileId !== undefined && (typeof fileId !== "string" || fileId === ""))
    throw wrongOption(`${field}.fileId`, "the id of a file", fileId);
  if (data !== undefined && !(data instanceof Uint8Array)) throw wrongOption(`${field}.data`, "a Uint8Array", data);
}

function imagePart(field: string, image: ImageAttachment): JsonObject {
  const { detail } = image;
  if (image.data !== undefined && image.mediaType === undefined)
    throw wrongOption(`${field}.mediaType`, "the media type of `data`", undefined);
  const url = image.data === undefined ? image.url : dataUrl(image.data, image.mediaType ?? "");
  return {
    type: "input_image",
    detail: detail ?? "auto",
    ...(url === undefined ? { file_id: image.fileId } : { image_url: url }),
  };
}

function filePart(field: string, file: FileAttachment): JsonObject {
  if (file.data !== undefined && file.filename === undefined)
    throw wrongOption(`${field}.filename`, "the name of the file in `data`", undefined);
  if (file.data === undefined)
    return { type: "input_file", ...(file.url === undefined ? { file_id: file.fileId } : { file_url: file.url }) };
  return {
    type: "input_file",
    filename: file.filename,
    file_data: dataUrl(file.data, file.mediaType ?? "application/pdf"),
  };
}

function dataUrl(data: Uint8Array, mediaType: string): string {
  return `data:${mediaType};base64,${Buffer.from(data).toString("base64")}`;
}
