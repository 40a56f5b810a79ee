/**
 * Compiles `src` to `dist`. The new `dist` takes the place of the old one only when it is whole, so that a build does not pull files from under programs
 * that are being started from it, and nothing of a deleted source file stays behind.
 */
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { capture } from "./command.ts";

const root = join(import.meta.dirname, "..");
const draft = join(root, `dist.${process.pid}.tmp`);
const old = join(root, `dist.${process.pid}.old.tmp`);

try {
  const result = await capture("tsc", ["-p", "tsconfig.build.json", "--outDir", draft], { cwd: root });
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  if (result.code === 0) {
    await rename(join(root, "dist"), old).catch(() => undefined);
    await rename(draft, join(root, "dist"));
  } else if (process.env["npm_lifecycle_event"] === "prepare") {
    console.error("dist was not built.");
  } else {
    process.exitCode = 1;
  }
} finally {
  await Promise.all([draft, old].map((folder) => rm(folder, { recursive: true, force: true })));
}
