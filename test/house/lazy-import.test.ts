import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import test from "node:test";

const root = join(import.meta.dirname, "../..");

/** What a program loads that imports the built package: files as paths below the repository, and Node's own modules. */
function loadedBy(specifier: string): { readonly files: readonly string[]; readonly builtins: readonly string[] } {
  const script = `
    import { registerHooks } from "node:module";
    const files = [];
    registerHooks({ load: (url, context, next) => { files.push(url); return next(url, context); } });
    const before = new Set(process.moduleLoadList);
    await import(${JSON.stringify(specifier)});
    const builtins = process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.split(" ")[1]);
    console.log(JSON.stringify({ files, builtins }));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: root,
    encoding: "utf8",
  });
  const { files, builtins } = JSON.parse(output) as { files: string[]; builtins: string[] };
  const base = `file://${root}/`;
  return { files: files.filter((url) => url.startsWith(base)).map((url) => url.slice(base.length)), builtins };
}

const packagesOf = (files: readonly string[]): string[] => [
  ...new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [])),
];

test("importing tenure loads neither Azure, OpenAI, database, server nor emulator code", () => {
  const { files, builtins } = loadedBy("tenure");
  assert.ok(files.includes("dist/index.js"), "the built package was loaded");
  assert.deepEqual(
    packagesOf(files).filter((name) => !["canonicalize", "valibot"].includes(name)),
    [],
  );
  assert.deepEqual(
    files.filter((file) => /^dist\/(emulator|server|cli|testing)\//.test(file)),
    [],
  );
  assert.deepEqual(
    builtins.filter((name) => /^(sqlite|http|https|http2|tls)$/.test(name)),
    [],
  );
});

test("importing tenure/foundry or a registry loads no client and no driver", () => {
  for (const name of ["tenure/foundry", "tenure/sqlite", "tenure/postgres"]) {
    const { files, builtins } = loadedBy(name);
    const packages = packagesOf(files).filter((each) => !["canonicalize", "valibot"].includes(each));
    assert.deepEqual(packages, [], name);
    assert.ok(!builtins.includes("sqlite"), name);
  }
});

test("the reader of loaded files sees packages and Node's modules", () => {
  assert.ok(packagesOf(loadedBy("openai").files).includes("openai"));
  assert.ok(loadedBy("node:sqlite").builtins.includes("sqlite"));
});
