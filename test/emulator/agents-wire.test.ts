import assert from "node:assert/strict";
import { test } from "node:test";
import { openEmulator, promptDefinition, type WireAnswer } from "../support/emulator-call.ts";

function errorOf(answer: WireAnswer): { code: unknown; message: unknown; param: unknown } {
  const { code, message, param } = answer.body.error as Record<string, unknown>;
  return { code, message, param };
}

const drafts = { "foundry-features": "DraftAgents=V1Preview" };

test("another project, another api-version or none is 404 Resource not found, which is no absent agent", async () => {
  await using service = await openEmulator();
  for (const path of [
    "/agents/a?api-version=v2",
    "/agents/a?api-version=",
    "/agent",
    new URL("/api/projects/other/agents?api-version=v1", service.emulator.endpoint).href,
    new URL("/elsewhere", service.emulator.endpoint).href,
  ]) {
    const answer = await service.call("GET", path);
    assert.equal(answer.status, 404, path);
    assert.deepEqual(errorOf(answer), { code: "404", message: "Resource not found", param: null });
  }
});

test("every answer has a request id, and an error repeats it", async () => {
  await using service = await openEmulator();
  const answer = await service.call("GET", "/agents/a");
  const { additionalInfo } = answer.body.error as { additionalInfo: { request_id: string } };
  assert.match(additionalInfo.request_id, /^[0-9a-f]{32}$/);
  assert.equal(answer.headers.get("x-request-id"), additionalInfo.request_id);
});

test("unknown fields of a definition and unknown tools come back as they were sent", async () => {
  await using service = await openEmulator();
  const definition = promptDefinition("x", { tools: [{ type: "future_tool", depth: 2 }], future: { a: [null, 1] } });
  const created = await service.call("POST", "/agents/a/versions", { definition });
  assert.deepEqual(created.body.definition, definition);
  assert.deepEqual((await service.call("GET", "/agents/a/versions/%40latest")).body.definition, definition);
});

test("wrong payloads are refused with the field at fault and make nothing", async () => {
  await using service = await openEmulator();
  const refused: readonly [body: unknown, status: number, code: string, param: string | null][] = [
    [{}, 400, "invalid_payload", "definition"],
    [{ definition: { kind: "poem" } }, 400, "invalid_payload", "definition.kind"],
    [{ definition: { kind: "prompt" } }, 400, "invalid_payload", "definition.model"],
    [{ definition: promptDefinition("x", { temperature: 3 }) }, 400, "invalid_payload", "definition.temperature"],
    [{ definition: promptDefinition("x", { tools: [{}] }) }, 400, "invalid_payload", "definition.tools[0]"],
    [
      { definition: promptDefinition("x", { tools: Array.from({ length: 129 }, () => ({ type: "web_search" })) }) },
      400,
      "tool_limit_exceeded",
      "definition.tools",
    ],
    [{ definition: promptDefinition("x"), metadata: { k: "v".repeat(513) } }, 400, "invalid_payload", "metadata.k"],
    [
      {
        definition: promptDefinition("x"),
        metadata: Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`k${index}`, ""])),
      },
      400,
      "invalid_payload",
      "metadata",
    ],
    [{ definition: promptDefinition("x"), description: "d".repeat(513) }, 400, "invalid_payload", "description"],
    [{ definition: { kind: "workflow" } }, 403, "preview_feature_required", null],
    ["{not json", 400, "invalid_payload", null],
  ];
  for (const [body, status, code, param] of refused) {
    const answer = await service.call("POST", "/agents/a/versions", body);
    assert.equal(answer.status, status, JSON.stringify(body).slice(0, 80));
    assert.equal(errorOf(answer).code, code);
    assert.equal(errorOf(answer).param, param);
  }
  assert.equal(service.emulator.stats().created.versions, 0);
});

test("the 1001st version is refused until an old one is deleted", async () => {
  await using service = await openEmulator({ http: true });
  for (let index = 0; index < 1000; index += 1) {
    await service.call("POST", "/agents/a/versions", { definition: promptDefinition(String(index)) });
  }
  const answer = await service.call("POST", "/agents/a/versions", { definition: promptDefinition("more") });
  assert.equal(answer.status, 400);
  assert.deepEqual(errorOf(answer), { code: "UserError", message: "Too many valid agent revisions", param: null });
  await service.call("DELETE", "/agents/a/versions/1");
  const next = await service.call("POST", "/agents/a/versions", { definition: promptDefinition("more") });
  assert.equal(next.body.version, "1001");
});

test("what counts as no change follows the switch", async () => {
  const change = { definition: promptDefinition("x"), metadata: { tag: "new" } };
  for (const [dedupe, versions] of [
    ["definition", "1"],
    ["all", "2"],
    ["off", "2"],
  ] as const) {
    await using service = await openEmulator({ behaviour: { dedupe } });
    await service.call("POST", "/agents/a/versions", { definition: promptDefinition("x") });
    assert.equal((await service.call("POST", "/agents/a/versions", change)).body.version, versions, dedupe);
  }
});

test("only the latest version is compared: going back makes a third version", async () => {
  await using service = await openEmulator();
  for (const instructions of ["A", "B", "A"]) {
    await service.call("POST", "/agents/a/versions", { definition: promptDefinition(instructions) });
  }
  assert.equal(service.emulator.stats().versions, 3);
});

test("a draft needs the opt-in, stays out of latest and lists, and cannot be routed to", async () => {
  await using service = await openEmulator();
  const body = { definition: promptDefinition("x"), draft: true };
  assert.equal((await service.call("POST", "/agents/a/versions", body)).body.version, "1");
  const draft = await service.call(
    "POST",
    "/agents/a/versions",
    { ...body, definition: promptDefinition("y") },
    drafts,
  );
  const version = String(draft.body.version);
  assert.match(version, /^draft-\d{13}$/);
  assert.equal((await service.call("GET", "/agents/a/versions/@latest")).body.version, "1");
  assert.equal(((await service.call("GET", "/agents/a/versions")).body.data as unknown[]).length, 1);
  const all = await service.call("GET", "/agents/a/versions?include_drafts=true");
  assert.equal((all.body.data as unknown[]).length, 2);
  const rules = [{ type: "FixedRatio", agent_version: version, traffic_percentage: 100 }];
  const pinned = await service.call("PATCH", "/agents/a", {
    agent_endpoint: { version_selector: { version_selection_rules: rules } },
  });
  assert.equal(pinned.status, 400);
});

test("routing shares must add up and name versions that exist", async () => {
  await using service = await openEmulator();
  await service.call("POST", "/agents/a/versions", { definition: promptDefinition("x") });
  const pin = (version: string, percentage: number): Promise<WireAnswer> =>
    service.call("PATCH", "/agents/a", {
      agent_endpoint: {
        version_selector: {
          version_selection_rules: [{ type: "FixedRatio", agent_version: version, traffic_percentage: percentage }],
        },
      },
    });
  assert.equal((await pin("1", 90)).status, 400);
  assert.equal((await pin("7", 100)).status, 404);
  assert.equal((await pin("1", 100)).status, 200);
});

test("a page has its bounds, and a limit outside of 1 to 100 is refused", async () => {
  await using service = await openEmulator();
  for (const name of ["a", "b", "c"])
    await service.call("POST", `/agents/${name}/versions`, { definition: promptDefinition("x") });
  const page = await service.call("GET", "/agents?order=asc&limit=2");
  assert.deepEqual([page.body.first_id, page.body.last_id, page.body.has_more], ["a", "b", true]);
  const rest = await service.call("GET", "/agents?order=asc&limit=2&after=b");
  assert.deepEqual([rest.body.first_id, rest.body.last_id, rest.body.has_more], ["c", "c", false]);
  for (const query of ["limit=0", "limit=101", "limit=x", "order=up", "after=nobody", "kind=poem"]) {
    assert.equal((await service.call("GET", `/agents?${query}`)).status, 400, query);
  }
});

test("what is not emulated says so with 501, which no client repeats", async () => {
  await using service = await openEmulator();
  for (const path of ["/agents:import", "/agents/a/import", "/agents/a/versions:import"]) {
    assert.equal((await service.call("POST", path, {})).status, 501, path);
  }
});

test("deletions of what is absent, last or pinned follow their switches", async () => {
  await using service = await openEmulator({
    behaviour: { deleteMissing: "ok", deleteLastVersion: "refuse", deleteRoutedVersion: "refuse" },
  });
  assert.deepEqual((await service.call("DELETE", "/agents/a")).body, {
    object: "agent.deleted",
    name: "a",
    deleted: false,
  });
  await service.call("POST", "/agents/a/versions", { definition: promptDefinition("1") });
  assert.equal((await service.call("DELETE", "/agents/a/versions/1")).status, 400);
  await service.call("POST", "/agents/a/versions", { definition: promptDefinition("2") });
  await service.call("PATCH", "/agents/a", {
    agent_endpoint: {
      version_selector: {
        version_selection_rules: [{ type: "FixedRatio", agent_version: "1", traffic_percentage: 100 }],
      },
    },
  });
  assert.equal((await service.call("DELETE", "/agents/a/versions/1")).status, 400);
  assert.equal((await service.call("DELETE", "/agents/a/versions/2")).status, 200);
});

test("a hosted agent with a session is deleted only by force", async () => {
  await using service = await openEmulator();
  await service.call("POST", "/agents/a/versions", { definition: { kind: "hosted", cpu: "1", memory: "2Gi" } });
  const session = await service.call("POST", "/agents/a/endpoint/sessions", {
    version_indicator: { type: "version_ref", agent_version: "1" },
  });
  assert.equal(session.status, 201);
  assert.equal((await service.call("DELETE", "/agents/a")).status, 409);
  assert.equal((await service.call("DELETE", "/agents/a?force=true")).status, 200);
});
