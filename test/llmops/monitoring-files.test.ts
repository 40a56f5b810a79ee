import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parse } from "yaml";

const read = (name: string): Promise<string> => readFile(new URL(`../../docs/${name}`, import.meta.url), "utf8");

/** Names as the exporter for Prometheus makes them, of what `docs/telemetry.md` lists. */
async function documentedNames(): Promise<ReadonlySet<string>> {
  const rows = (await read("telemetry.md")).matchAll(/^\| `((?:gen_ai|tenure)\.[\w.]+)`(?:, `(\.\w+)`)? \|/gm);
  return new Set(
    [...rows].flatMap(([, name = "", sibling]) => {
      const all = sibling === undefined ? [name] : [name, name.replace(/\.\w+$/, sibling)];
      return all.map((dotted) => dotted.replaceAll(".", "_"));
    }),
  );
}

/** The metrics of an expression, without what Prometheus appends; labels and groupings are no metrics. */
function metricsOf(expression: string): readonly string[] {
  const plain = expression
    .replaceAll(/\{__name__=~"(\w+)\(_seconds\)\?(\w*)"[^}]*\}/g, "$1$2{}")
    .replaceAll(/\{[^}]*\}/g, "{}")
    .replaceAll(/by \([^)]*\)/g, "");
  const found = plain.matchAll(/\b((?:gen_ai_client|tenure)_\w+?)(?:_total|_bucket|_sum|_count)?(?=[{[)\s]|$)/g);
  return [...found].map(([, name = ""]) => name);
}

test("every alert and every panel uses metrics that are documented", async () => {
  const names = await documentedNames();
  assert.ok(names.has("tenure_ensures") && names.has("tenure_evaluation_failures"));
  const { groups } = parse(await read("alerts.yaml")) as { groups: { rules: { alert: string; expr: string }[] }[] };
  const { panels } = JSON.parse(await read("grafana-dashboard.json")) as {
    panels: { title: string; targets: { expr: string }[] }[];
  };
  const expressions = [
    ...groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => [alert, expr] as const)),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ];
  assert.ok(expressions.length > 20);
  for (const [where, expression] of expressions) {
    const used = metricsOf(expression);
    assert.ok(used.length > 0, where);
    for (const name of used) assert.ok(names.has(name), `${name} in ${where}`);
  }
});

test("every alert is explained", async () => {
  const page = await read("monitoring.md");
  const { groups } = parse(await read("alerts.yaml")) as { groups: { rules: { alert: string }[] }[] };
  const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  const explained = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(explained, alerts);
});
