import { type ItemDraft, itemText } from "./items.ts";
import { jsonObjects, textOf } from "./read-json.ts";
import type { ModelAnswer } from "./model.ts";
import type { Tokenizer } from "./tokens.ts";

/** The answer as far as `limit` tokens reach; cut, it ends as the service's does: incomplete, for `max_output_tokens`. */
export function limitOutput(tokenizer: Tokenizer, answer: ModelAnswer, limit: number | undefined): ModelAnswer {
  if (limit === undefined || answer.end.status === "failed") return answer;
  const output: ItemDraft[] = [];
  let left = limit;
  for (const item of answer.output) {
    const needed = tokenizer.count(itemText(item));
    if (needed > left) {
      if (left > 0) output.push(cut(tokenizer, item, left));
      return { ...answer, output, end: { status: "incomplete", reason: "max_output_tokens" } };
    }
    left -= needed;
    output.push(item);
  }
  return answer;
}

function cut(tokenizer: Tokenizer, item: ItemDraft, limit: number): ItemDraft {
  const args = textOf(item["arguments"]);
  if (args !== undefined) return { ...item, arguments: tokenizer.truncate(args, limit), status: "incomplete" };
  const content = jsonObjects(item["content"]).map((part) => {
    const text = tokenizer.truncate(textOf(part["text"]) ?? "", limit);
    return part["type"] === "output_text" ? { ...part, text, annotations: [] } : part;
  });
  return { ...item, content, status: "incomplete" };
}
