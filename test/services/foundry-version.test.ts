import assert from "node:assert/strict";
import { test } from "node:test";
import { readAgent, readVersion } from "../../src/services/foundry/agents/read-version.ts";

const VERSION = {
  object: "agent.version",
  id: "code-agent:1",
  name: "code-agent",
  version: "1",
  metadata: {},
  description: "Agent with code interpreter",
  created_at: 1_772_045_947,
  definition: { kind: "prompt", model: "gpt-4.1", instructions: "...", tools: [{ type: "code_interpreter" }] },
};

test("the version of Microsoft's documentation is read", () => {
  assert.deepEqual(readVersion(VERSION), {
    ref: { id: "code-agent:1", name: "code-agent", version: "1" },
    stamp: undefined,
    definition: VERSION.definition,
    description: "Agent with code interpreter",
    metadata: {},
    createdAt: 1_772_045_947_000,
    draft: false,
  });
});

test("what may be missing or odd is read leniently", () => {
  const { metadata: _m, description: _d, id: _i, ...bare } = VERSION;
  const odd = readVersion({ ...bare, version: 7, created_at: "2026-02-25T18:59:07Z", member_of_tomorrow: true });
  assert.deepEqual(odd?.ref, { id: "code-agent:7", name: "code-agent", version: "7" });
  assert.equal(odd.createdAt, Date.parse("2026-02-25T18:59:07Z"));
  assert.deepEqual(odd.metadata, {});
  assert.equal(odd.description, undefined);
  assert.equal(readVersion({ ...VERSION, created_at: null })?.createdAt, 0);
  assert.deepEqual(readVersion({ ...VERSION, metadata: { a: "b", c: 1, d: null } })?.metadata, { a: "b" });
  assert.equal(readVersion({ ...VERSION, description: "" })?.description, undefined);
});

test("a version that is being deleted is none", () => {
  assert.equal(readVersion({ ...VERSION, status: "deleting" }), undefined);
  assert.equal(readVersion({ ...VERSION, status: "deleted" }), undefined);
  assert.notEqual(readVersion({ ...VERSION, status: "creating" }), undefined);
});

test("what identifies a version or an agent must be there", () => {
  for (const odd of [
    null,
    "x",
    [],
    { ...VERSION, name: "" },
    { ...VERSION, version: undefined },
    { ...VERSION, definition: [] },
  ]) {
    assert.throws(() => readVersion(odd), { name: "UnusableAnswer" });
  }
  for (const odd of [null, {}, { name: "a" }, { name: "a", versions: [] }, { name: "a", versions: { latest: "1" } }]) {
    assert.throws(() => readAgent(odd), { name: "UnusableAnswer" });
  }
});

test("an agent is disabled only if the service says so", () => {
  const agent = { name: "code-agent", versions: { latest: VERSION } };
  assert.equal(readAgent(agent)?.state, "enabled");
  assert.equal(readAgent({ ...agent, state: "disabled" })?.state, "disabled");
  assert.equal(readAgent({ ...agent, versions: {} }), undefined);
});
