import assert from "node:assert/strict";
import test from "node:test";
import { type RunAttachment, toContentPart } from "../../src/agent/input/attachment.ts";
import { measureInput } from "../../src/agent/input/measure-input.ts";
import { userInput } from "../../src/agent/input/user-input.ts";
import type { BudgetStage } from "../../src/llmops/stages.ts";
import { openAgentWorld } from "./agent-world.ts";

test("Pictures and files become content parts of the service", () => {
  const data = new Uint8Array([1, 2, 3]);
  assert.deepEqual(toContentPart({ type: "image", url: "https://example.com/a.png", detail: "low" }, 0), {
    type: "input_image",
    detail: "low",
    image_url: "https://example.com/a.png",
  });
  assert.deepEqual(toContentPart({ type: "image", data, mediaType: "image/png" }, 0), {
    type: "input_image",
    detail: "auto",
    image_url: "data:image/png;base64,AQID",
  });
  assert.deepEqual(toContentPart({ type: "file", fileId: "file_1" }, 0), { type: "input_file", file_id: "file_1" });
  assert.deepEqual(toContentPart({ type: "file", data, filename: "a.pdf" }, 0), {
    type: "input_file",
    filename: "a.pdf",
    file_data: "data:application/pdf;base64,AQID",
  });
});

test("A question goes out with its attachments", async () => {
  await using world = await openAgentWorld();
  const result = await world.agent().run("What is in it?", {
    attachments: [{ type: "image", data: new Uint8Array([1]), mediaType: "image/png" }],
  });
  assert.ok(result.success);
  assert.match(result.response, /What is in it\?/);
});

const PART_TOKENS: readonly (readonly [name: string, attachment: RunAttachment, tokens: number])[] = [
  ["a picture", { type: "image", data: new Uint8Array(60_000), mediaType: "image/png" }, 1_600],
  ["a picture at low detail", { type: "image", url: "https://example.com/a.png", detail: "low" }, 100],
  ["a picture as a data: URL", { type: "image", url: `data:image/png;base64,${"A".repeat(80_000)}` }, 1_600],
  ["a text file", { type: "file", data: new Uint8Array(4_000), filename: "a.txt", mediaType: "text/plain" }, 1_000],
  ["a PDF", { type: "file", data: new Uint8Array(60_000), filename: "a.pdf" }, 1_500],
  ["a small PDF", { type: "file", data: new Uint8Array(900), filename: "a.pdf" }, 500],
  ["a file in the service", { type: "file", fileId: "file_1" }, 1_500],
];

for (const [name, attachment, tokens] of PART_TOKENS) {
  test(`A budget expects ${tokens} tokens of ${name}, and counts none of its base64`, () => {
    const measured = measureInput(userInput("What is in it?", [toContentPart(attachment, 0)], []));
    assert.equal(measured.attachedTokens, tokens);
    assert.match(measured.text, /What is in it\?/);
    assert.ok(measured.text.length < 200);
  });
}

test("A picture and a document of ordinary size pass the limits that hold by default", async () => {
  await using world = await openAgentWorld();
  const data = Uint8Array.from({ length: 60_000 }, (_, index) => (index * 7_919) % 251);
  for (const attachment of [
    { type: "image", data, mediaType: "image/png" },
    { type: "file", data, filename: "a.pdf" },
  ] as const) {
    const result = await world.agent().run("What is in it?", { attachments: [attachment] });
    assert.ok(result.success, result.error?.message);
  }
});

test("What pictures are expected to take is reserved, and so is the schema of the answer", async () => {
  await using world = await openAgentWorld();
  const reserved: number[] = [];
  const seen: string[] = [];
  const budget: BudgetStage = {
    reserve(_context, { attachedTokens, inputText }) {
      reserved.push(attachedTokens ?? 0);
      seen.push(inputText);
      return Promise.resolve({ kind: "allow", handle: { id: "1" }, warnings: [] });
    },
    settle: () => Promise.resolve(),
    release: () => Promise.resolve(),
  };
  const schema = {
    type: "object",
    properties: { colour: { type: "string" } },
    required: ["colour"],
    additionalProperties: false,
  };
  const agent = world.agent({ budget, responseFormat: { name: "seen", schema } });
  const picture = { type: "image", data: new Uint8Array(9), mediaType: "image/png" } as const;
  await agent.run("Which colour?", { attachments: [picture, picture] });
  assert.deepEqual(reserved, [3_200]);
  assert.match(seen[0] ?? "", /"colour"/);
});
