import assert from "node:assert/strict";
import test from "node:test";
import { main } from "../../src/cli/main.ts";

/** What the command says, without a process. */
async function said(...args: readonly string[]): Promise<{ code: number; printed: string; noted: string }> {
  const [printed, noted]: [string[], string[]] = [[], []];
  const code = await main(args, {
    print: (text) => void printed.push(text),
    note: (text) => void noted.push(text),
    isInteractive: false,
  });
  return { code, printed: printed.join("\n"), noted: noted.join("\n") };
}

test("an unknown command or option is wrong input: exit status 2 and a hint", async () => {
  for (const args of [["agnets"], ["agents", "list", "--yaml"], ["agents", "show"], ["emulator", "--port", "many"]]) {
    const { code, printed, noted } = await said(...args);
    assert.equal(code, 2, args.join(" "));
    assert.equal(printed, "");
    assert.match(noted, /^error: .+\nhint: See `tenure --help`[^\n]*\ncode: invalid_option$/s);
  }
});

test("the value of a global option may be called like a command", async () => {
  const { code, noted } = await said("--scope", "alias", "agents", "cleanup", "--yes");
  assert.equal(code, 2);
  assert.match(noted, /Name one agent, or pass --all/);
});

test("with --json wrong input is one JSON document", async () => {
  const { printed, noted } = await said("agnets", "--json");
  const { error } = JSON.parse(printed) as { error: { code: string; message: string } };
  assert.equal(error.code, "invalid_option");
  assert.match(error.message, /unknown command 'agnets'/);
  assert.equal(noted, "");
});

test("cleanup wants a name or --all, not both and not neither", async () => {
  for (const args of [
    ["agents", "cleanup", "--yes"],
    ["agents", "cleanup", "x", "--all", "--yes"],
  ]) {
    assert.equal((await said(...args)).code, 2);
  }
});
