import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { POSTGRES_OWNER, PostgresCluster, type ServerCertificate } from "./postgres-cluster.ts";

/** A real PostgreSQL. */
export interface PostgresServer {
  readonly url: string;
  /** Ends it at once and forgets everything. */
  readonly close: () => Promise<void>;
}

/** One that can be stopped and started again with its data. */
export interface RestartablePostgres extends PostgresServer {
  readonly stop: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/** The PostgreSQL of TENURE_TEST_POSTGRES, which is left alone, or a new one on a free port, which is not. */
export async function startPostgres(): Promise<PostgresServer> {
  const given = process.env["TENURE_TEST_POSTGRES"];
  if (given !== undefined && given !== "") return { url: given, close: () => Promise.resolve() };
  return await startEmbedded();
}

/** A new PostgreSQL on a free port, whatever the environment says; with a certificate it takes TLS. */
export async function startEmbedded(tls?: ServerCertificate): Promise<RestartablePostgres> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-postgres-"));
  const port = await freePort();
  const cluster = await PostgresCluster.create({ folder, port, settings: settings(folder), tls });
  await cluster.start();
  return {
    url: `postgres://${POSTGRES_OWNER}:${POSTGRES_OWNER}@127.0.0.1:${port}/postgres`,
    stop: () => cluster.stop(),
    start: () => cluster.start(),
    close: () => cluster.remove(),
  };
}

function settings(folder: string): Readonly<Record<string, string>> {
  return {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: folder,
    max_connections: "200",
    // The data is thrown away: nothing need reach the disk.
    fsync: "off",
  };
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
