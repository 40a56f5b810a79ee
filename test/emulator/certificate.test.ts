import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { startEmulator, type Clock } from "../../src/emulator/index.ts";
import { openCertificate } from "../../src/emulator/tls/certificate.ts";
import { createTlsFetch } from "../support/tls-fetch.ts";

async function openDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), "emulator-cert-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("the certificate covers the loopback names, signs nothing, and its key is for the owner only", async () => {
  await using directory = await openDirectory();
  await using emulator = await startEmulator({ certDirectory: directory.path });
  const certificate = new X509Certificate(emulator.ca ?? "");
  assert.equal(certificate.subjectAltName, "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  assert.equal(certificate.ca, false);
  assert.equal(await readFile(emulator.caFile ?? "", "utf8"), emulator.ca);
  assert.doesNotMatch(emulator.ca ?? "", /PRIVATE/);
  const key = join(dirname(emulator.caFile ?? ""), "localhost-key.pem");
  assert.equal((await stat(key)).mode & 0o777, 0o600);
  const url = (host: string): string => `https://${host}:${emulator.port}/_emulator/stats`;
  for (const host of ["localhost", "127.0.0.1"]) {
    assert.equal((await createTlsFetch(emulator.ca)(url(host))).status, 200, host);
  }
  await assert.rejects(createTlsFetch(undefined)(url("localhost")), TypeError);
});

test("starts of many emulators in one directory at once share one certificate, and later starts use it again", async () => {
  await using directory = await openDirectory();
  const starts = await Promise.all(Array.from({ length: 6 }, () => startEmulator({ certDirectory: directory.path })));
  const certificates = new Set(starts.map((emulator) => emulator.ca));
  await Promise.all(starts.map((emulator) => emulator.close()));
  await using again = await startEmulator({ certDirectory: directory.path });
  certificates.add(again.ca);
  assert.equal(certificates.size, 1);
  assert.deepEqual(await readdir(directory.path), ["tls"]);
});

test("a certificate that is about to run out is replaced", async () => {
  await using directory = await openDirectory();
  const past: Clock = { nowMs: () => Date.parse("2020-01-01"), sleep: async () => undefined };
  const first = await openCertificate(directory.path, past);
  await using second = await startEmulator({ certDirectory: directory.path });
  assert.notEqual(second.ca, first.cert);
  assert.ok(Date.parse(new X509Certificate(second.ca ?? "").validTo) > Date.now());
});

test("without a directory the certificate goes away with the emulator", async () => {
  const emulator = await startEmulator();
  assert.ok(existsSync(emulator.caFile ?? ""));
  await emulator.close();
  await emulator.close();
  assert.ok(!existsSync(emulator.caFile ?? ""));
});

test("a port that is taken is refused with Node's own code", async () => {
  await using emulator = await startEmulator();
  await assert.rejects(startEmulator({ port: emulator.port }), { code: "EADDRINUSE" });
});
