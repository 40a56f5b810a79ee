import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { Validator } from "@cfworker/json-schema";
import { parse } from "yaml";
import { fleetSchema, SCHEMA_FILE } from "../../../scripts/fleet-schema.ts";

const published = readFileSync(SCHEMA_FILE, "utf8");
const validator = new Validator(JSON.parse(published) as object, "7", false);

test("the published schema is that by which files are checked: else run scripts/fleet-schema.ts", () => {
  assert.deepEqual(JSON.parse(published), JSON.parse(fleetSchema()));
});

test("the schema takes the example, variables in place of numbers, empty agents and anybody's x- members", () => {
  const example = readFileSync(join(import.meta.dirname, "../../../examples/fleet/tenure.yaml"), "utf8");
  const files = [
    example,
    "agents: { a: { temperature: '${HEAT}' }, b: }\nx-shared: [1]\nenvironments: { e: { agents: { a: null } } }\n",
  ];
  for (const file of files) {
    const { errors } = validator.validate(parse(file));
    assert.deepEqual(
      errors.map(({ instanceLocation, error }) => `${instanceLocation} ${error}`),
      [],
    );
  }
});

test("the schema refuses unknown fields and wrong types", () => {
  for (const file of [
    "agents: { a: { instuctions: x } }",
    "agents: { a: { temperature: 3 } }",
    "policies: { retire: burn }",
    "agent: {}",
  ]) {
    assert.equal(validator.validate(parse(file)).valid, false, file);
  }
});

test("the package publishes the schema", () => {
  const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"));
  assert.ok((manifest as { files: string[] }).files.includes("schemas"));
});
