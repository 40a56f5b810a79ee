import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import test from "node:test";

const root = join(import.meta.dirname, "../..");
const documents = globSync(["*.md", "docs/**/*.md", "examples/**/*.md"], { cwd: root }).map((path) => join(root, path));

test("links between documents lead somewhere", () => {
  const broken = documents.flatMap((document) => {
    const links = [...readFileSync(document, "utf8").matchAll(/\]\((?<path>[^)#:\s]+)(?:#[^)]*)?\)/g)];
    const paths = links.map(({ groups }) => groups?.["path"] ?? "");
    return paths
      .filter((path) => !existsSync(join(dirname(document), path)))
      .map((path) => `${relative(root, document)} -> ${path}`);
  });
  assert.ok(documents.length > 5, "the documents were found");
  assert.deepEqual(broken, []);
});

test("every page of the documentation is in its index", () => {
  const index = readFileSync(join(root, "docs/README.md"), "utf8");
  const pages = globSync("*.md", { cwd: join(root, "docs") }).filter((page) => page !== "README.md");
  assert.deepEqual(
    pages.filter((page) => !index.includes(`(${page})`)),
    [],
  );
});

test("every npm script that a document names is there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
  const missing = documents.flatMap((document) => {
    const named = [...readFileSync(document, "utf8").matchAll(/npm run (?<script>[a-z][a-z:-]*)/g)];
    return named
      .map(({ groups }) => groups?.["script"] ?? "")
      .filter((script) => !(script in scripts))
      .map((script) => `${relative(root, document)}: ${script}`);
  });
  assert.deepEqual(missing, []);
});
