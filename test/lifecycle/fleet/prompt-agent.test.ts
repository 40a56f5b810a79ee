import assert from "node:assert/strict";
import test from "node:test";
import { openFolder } from "./fleet-world.ts";

const LEARN = `kind: Prompt
name: LearnAgent
description: Learn
instructions: Search Learn.
additionalInstructions: Be brief.
metadata: { tags: [docs, learn] }
model:
  kind: ExternalModel
  id: =Env.MODEL_ID
  options: { temperature: 0.9, topP: 0.95, allowMultipleToolCalls: true, chatToolMode: required }
  connection: { kind: ExternalReferenceConnection, endpoint: =Env.NOT_SET }
tools:
  - kind: mcp
    name: learn
    url: https://learn.microsoft.com/api/mcp
    approvalMode: { kind: specify, alwaysRequireApprovalTools: [a], neverRequireApprovalTools: [b] }
    allowedTools: [a, b]
  - kind: function
    name: GetWeather
    description: Weather.
    parameters:
      - { name: location, type: string, required: true }
      - { name: unit, type: string, enum: [celsius, fahrenheit] }
  - { kind: file_search, vectorStoreIds: [vs_1], maximumResultCount: 3, scoreThreshold: 0.5 }
  - { kind: code_interpreter, fileIds: [file_1] }
  - { kind: web_search }
outputSchema:
  properties:
    answer: { type: string, required: true, description: The answer. }
    parts: { kind: array, items: { kind: integer } }
`;

test("a declarative prompt agent is an agent's source, in the service's own shape", async () => {
  await using folder = await openFolder();
  await folder.write("learn.yaml", LEARN);
  const fleet = await folder.fleet("agents:\n  learn: { source: learn.yaml, temperature: 0.1 }\n", {
    variables: { MODEL_ID: "gpt-5" },
  });
  const [agent] = fleet.agents;
  assert.equal(agent?.normal.description, "Learn");
  assert.deepEqual(agent.normal.metadata, { tags: "docs, learn" });
  const { tools, ...definition } = agent.normal.definition;
  assert.deepEqual(definition, {
    kind: "prompt",
    model: "gpt-5",
    instructions: "Search Learn.\n\nBe brief.",
    temperature: 0.1,
    top_p: 0.95,
    tool_choice: "required",
    text: {
      format: {
        type: "json_schema",
        name: "answer",
        strict: false,
        schema: {
          type: "object",
          properties: {
            answer: { type: "string", description: "The answer." },
            parts: { type: "array", items: { type: "integer" } },
          },
          required: ["answer"],
          additionalProperties: false,
        },
      },
    },
  });
  assert.ok(Array.isArray(tools));
  const byType = new Map(tools.map((tool: { type: string }) => [tool.type, tool]));
  assert.deepEqual(byType.get("mcp"), {
    type: "mcp",
    server_label: "learn",
    server_url: "https://learn.microsoft.com/api/mcp",
    allowed_tools: ["a", "b"],
    require_approval: { always: { tool_names: ["a"] }, never: { tool_names: ["b"] } },
  });
  assert.deepEqual(byType.get("file_search"), {
    type: "file_search",
    vector_store_ids: ["vs_1"],
    max_num_results: 3,
    ranking_options: { score_threshold: 0.5 },
  });
  assert.deepEqual(byType.get("code_interpreter"), {
    type: "code_interpreter",
    container: { type: "auto", file_ids: ["file_1"] },
  });
  assert.deepEqual(fleet.notes, []);
});

test("what the service's prompt agent has no place for is noted", async () => {
  await using folder = await openFolder();
  await folder.write(
    "a.yaml",
    "kind: Prompt\nmodel: { id: m, options: { seed: 1 } }\ntemplate: { format: { kind: mustache } }\n",
  );
  const { notes } = await folder.fleet("agents: { a: { source: a.yaml } }\n");
  const left = new Set(notes.map((note) => /`(.*?)`/.exec(note)?.[1]));
  assert.deepEqual(left, new Set(["template", "model.options.seed"]));
});

test("other kinds, formulas, unknown tools and missing files are refused in the source's own file", async () => {
  await using folder = await openFolder();
  const text = "agents:\n  a: { source: a.yaml }\n";
  assert.match(await folder.refusal(text), /^tenure\.yaml:2:16: The file `a\.yaml` cannot be read\.$/);
  await folder.write("a.yaml", "kind: Workflow\n");
  assert.match(await folder.refusal(text), /^a\.yaml:1:7: Expected `kind` to be Prompt, got "Workflow"/);
  await folder.write(
    "a.yaml",
    'kind: Prompt\nmodel: =Env.NOT_SET\ninstructions: =Concat("a", "b")\ntools:\n  - kind: custom\n',
  );
  const message = await folder.refusal(text);
  assert.match(message, /^a\.yaml:2:8: The environment variable `NOT_SET` is not set\.$/m);
  assert.match(message, /^a\.yaml:3:15: Expected a value or `=Env\.NAME`, got the formula/m);
  assert.match(message, /^a\.yaml:5:5: Expected `tools\[0\]` to be a function/m);
});
