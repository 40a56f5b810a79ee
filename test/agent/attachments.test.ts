import assert from "node:assert/strict";
import test from "node:test";
import { toContentPart } from "../../src/agent/input/attachment.ts";
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
