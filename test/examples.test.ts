import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { startOtlpReceiver } from "./llmops/support/otlp-receiver.ts";

const root = join(import.meta.dirname, "..");

/** Runs an example in an empty folder, without any variable that would lead it to a real project. */
async function run(example: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const cwd = await mkdtemp(join(tmpdir(), "tenure-example-"));
  const env = { PATH: process.env["PATH"] ?? "", HOME: cwd, ...more };
  try {
    return await new Promise((resolve, reject) => {
      execFile(process.execPath, [join(root, example)], { cwd, env }, (error, stdout, stderr) => {
        if (error === null && stderr === "") resolve(stdout);
        else reject(new Error(`${example} failed: ${stderr}`, { cause: error }));
      });
    });
  } finally {
    await rm(cwd, { recursive: true, force: true });
  }
}

test("the quickstart makes one agent, asks it and leaves nothing", async () => {
  const output = await run("examples/quickstart.ts");
  assert.match(output, /^created reused true\n.*emulator.*P\/E ratio.*\n0 agents left\n$/s);
});

test("the README shows the quickstart as it is", async () => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const example = await readFile(join(root, "examples/quickstart.ts"), "utf8");
  const code = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  assert.equal(code, example.replace(/^\/\/.*\n/, ""));
});

test("the demos reuse, converse, clean up and end with nothing left in the service", async () => {
  const output = await run("examples/demos.ts");
  assert.match(output, /demo_market_analyst: +created .*demo_market_analyst: +reused .*the same agent: +true/s);
  assert.match(output, /agent reused: +false.*agent reused: +true.*agent reused: +true/s);
  assert.match(output, /\[checking_budget\].*\[evaluating\].*\[completed\]/s);
  assert.match(
    output,
    /tokens: +\d+ .*cost: +\$0\.\d{6}.*quality: +\w+.*duration: +\d+ ms.*budget of the day: +\d+ of 1000000 tokens/s,
  );
  assert.match(output, /The service holds: agents 0, versions 0, conversations 0, responses 0\. Nothing is left\./);
});

test("a lost answer gives the Azure client two agents and Tenure one", async () => {
  const output = await run("examples/lost-answer.ts");
  assert.match(output, /Azure client was given 1 agent .*; the service holds 2\./);
  assert.match(output, /Tenure was given market-analyst:1; the service holds 1 agent with 1 version\./);
});

test("the lifecycle example rolls back, points an alias, deletes nothing in use, and shows the trail", async () => {
  const output = await run("examples/lifecycle.ts");
  assert.match(
    output,
    /current: market-analyst:3\nrolled back to: market-analyst:2\nproduction is: market-analyst:1\n/,
  );
  assert.match(output, /marked: 0 deleted: 0\n.*trail: revision\.current .*trail: alias\.moved .*\n0 agents left\n$/s);
});

test("the OTLP example sends spans and metrics of its run to the collector", async () => {
  await using receiver = await startOtlpReceiver();
  const output = await run("examples/otlp.ts", {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
  });
  assert.match(output, /P\/E ratio/);
  const names = receiver.spans.map(({ name }) => name);
  assert.deepEqual(names.sort(), ["chat gpt-4.1", "create_agent market_analyst", "invoke_agent market_analyst"]);
  assert.ok(receiver.metrics.has("gen_ai.client.token.usage") && receiver.metrics.has("tenure.ensures"));
});

test("the Application Insights example says what it needs before it does anything", async () => {
  await assert.rejects(run("examples/azure-monitor.ts"), /Set APPLICATIONINSIGHTS_CONNECTION_STRING/);
  await assert.rejects(
    run("examples/azure-monitor.ts", { APPLICATIONINSIGHTS_CONNECTION_STRING: "InstrumentationKey=none" }),
    /npm install @azure\/monitor-opentelemetry/,
  );
});
