import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { after, test } from "node:test";
import { Client } from "pg";
import { systemClock } from "../../src/emulator/clock.ts";
import { type Certificate, openCertificate } from "../../src/emulator/tls/certificate.ts";
import { PostgresRegistry } from "../../src/registry/postgres/index.ts";
import { ALICE, commit, keyOf } from "../../src/testing/registry/fixtures.ts";
import { rejectsWith } from "../../src/testing/registry/registry-under-test.ts";
import { type RestartablePostgres, startEmbedded } from "../support/postgres.ts";
import { newSchema } from "../support/shared-postgres.ts";

interface Place {
  /** Signed by itself: whoever trusts it needs no other. */
  readonly certificate: Certificate;
  readonly server: RestartablePostgres;
}

// One for all: to make a server takes longer than the tests.
let shared: Promise<Place> | undefined;
after(async () => {
  const place = await shared;
  await place?.server.close();
  await place?.certificate.dispose();
});

async function open(): Promise<Place> {
  const certificate = await openCertificate(undefined, systemClock);
  return { certificate, server: await startEmbedded(certificate) };
}

function place(): Promise<Place> {
  shared ??= open();
  return shared;
}

test("with the server's authority in `ssl: { ca }` every connection is encrypted, the lasting one too", async () => {
  const { certificate, server } = await place();
  const schema = newSchema();
  await using registry = new PostgresRegistry({ url: server.url, schema, ssl: { ca: certificate.cert } });
  await commit(registry, keyOf("analyst"));
  await registry.processes.register({ process: ALICE });
  const client = new Client({ connectionString: server.url, ssl: { ca: certificate.cert } });
  await client.connect();
  const { rows } = await client.query<{ readonly ssl: boolean }>(
    "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'tenure'",
  );
  await client.end();
  assert.deepEqual(new Set(rows.map(({ ssl }) => ssl)), new Set([true]));
  assert.ok(rows.length > 1);
});

test("with sslrootcert in the URL it is the same", async () => {
  const { certificate, server } = await place();
  const url = new URL(server.url);
  url.searchParams.set("sslmode", "verify-full");
  url.searchParams.set("sslrootcert", certificate.caFile);
  await using registry = new PostgresRegistry({ url: url.href, schema: newSchema() });
  await commit(registry, keyOf("analyst"));
});

test("a server whose certificate another authority signed is refused at once, with what to do", async () => {
  const { server } = await place();
  const other = await openCertificate(undefined, systemClock);
  try {
    for (const ssl of [{ ca: other.cert }, true]) {
      await using registry = new PostgresRegistry({ url: server.url, ssl, retryMs: 600_000 });
      const error = await rejectsWith(registry.open(), "registry_unavailable");
      assert.equal(error.retryable, false);
      assert.match(error.hint, /`ssl: \{ ca \}`/);
    }
  } finally {
    await other.dispose();
  }
});

test("a server of another name than its certificate's is refused at once", async () => {
  const { certificate, server } = await place();
  const ssl = { ca: certificate.cert, servername: "db.example.com" };
  await using registry = new PostgresRegistry({ url: server.url, ssl, retryMs: 600_000 });
  assert.match((await rejectsWith(registry.open(), "registry_unavailable")).hint, /host name/);
});

test("a server that takes nobody without TLS says so at once where none is asked for", async () => {
  const { certificate, server } = await place();
  const client = new Client({ connectionString: server.url, ssl: { ca: certificate.cert } });
  await client.connect();
  const { rows } = await client.query<{ readonly hba_file: string }>("SHOW hba_file");
  const file = rows[0]?.hba_file ?? "";
  writeFileSync(file, `hostnossl all only_tls all reject\n${readFileSync(file, "utf8")}`);
  await client.query("SELECT pg_reload_conf()");
  // The reload is told to the server's first process, which tells the others: until then the user is only one that nobody knows.
  const url = new URL(server.url);
  url.username = "only_tls";
  let hint = "";
  while (!hint.includes("TLS")) {
    await using registry = new PostgresRegistry({ url: url.href, retryMs: 600_000 });
    const error = await rejectsWith(registry.open(), "registry_unavailable");
    assert.equal(error.retryable, false);
    hint = error.hint;
  }
  assert.match(hint, /The server wants TLS: pass `ssl`/);
  await client.end();
});

test("a server without TLS is refused at once where TLS is wanted", async () => {
  // What PostgreSQL answers to the request for TLS when it has none.
  const plain = createServer((socket) => void socket.once("data", () => socket.end("N"))).listen(0, "127.0.0.1");
  await once(plain, "listening");
  const { port } = plain.address() as AddressInfo;
  await using registry = new PostgresRegistry({ url: `postgres://u@127.0.0.1:${port}/d`, ssl: true, retryMs: 600_000 });
  const error = await rejectsWith(registry.open(), "registry_unavailable");
  plain.close();
  assert.equal(error.retryable, false);
  assert.match(error.hint, /Switch TLS on at the server/);
});
