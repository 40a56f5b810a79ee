import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { postgresBinaries } from "./postgres-binaries.ts";

/** User and password of the cluster's owner. */
export const POSTGRES_OWNER = "tenure";

/** PEM texts. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What `postgres` is told, beside where its data is. */
export interface ClusterOptions {
  /** Exists and is empty. */
  readonly folder: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
  /** With it TLS is taken. */
  readonly tls?: ServerCertificate | undefined;
}

/** Those that run: they end with this process, however it ends but for SIGKILL. */
const running = new Set<ChildProcess>();

/** One PostgreSQL with its data, as child of this process. */
export class PostgresCluster {
  readonly #options: ClusterOptions;
  #server: ChildProcess | undefined;

  private constructor(options: ClusterOptions) {
    this.#options = options;
  }

  /** Makes the data; nothing runs yet. */
  static async create(options: ClusterOptions): Promise<PostgresCluster> {
    const { user } = postgresBinaries();
    const passwordFile = join(options.folder, "password");
    const data = join(options.folder, "data");
    writeFileSync(passwordFile, `${POSTGRES_OWNER}\n`, { mode: 0o600 });
    if (user !== undefined) for (const path of [options.folder, passwordFile]) chownSync(path, user.uid, user.gid);
    const initdb = launch("initdb", [
      `--pgdata=${data}`,
      "--auth=password",
      `--username=${POSTGRES_OWNER}`,
      `--pwfile=${passwordFile}`,
      "--locale=C",
      "--encoding=UTF8",
      "--no-sync",
      // The password is no secret, and 4,096 rounds of a hash are most of what a connection costs.
      "--set=scram_iterations=1",
    ]);
    await settled(initdb, (_text, code) => code === 0);
    if (options.tls === undefined) return new PostgresCluster(options);
    const [ssl_cert_file, ssl_key_file] = [join(options.folder, "server.crt"), join(options.folder, "server.key")];
    writeFileSync(ssl_cert_file, options.tls.cert);
    writeFileSync(ssl_key_file, options.tls.key, { mode: 0o600 });
    if (user !== undefined) chownSync(ssl_key_file, user.uid, user.gid);
    return new PostgresCluster({
      ...options,
      settings: { ...options.settings, ssl: "on", ssl_cert_file, ssl_key_file },
    });
  }

  async start(): Promise<void> {
    const { folder, port, settings } = this.#options;
    const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    this.#server = launch("postgres", ["-D", join(folder, "data"), "-p", String(port), ...flags]);
    await settled(this.#server, (text) => text.includes("database system is ready to accept connections"));
  }

  /** Cuts every connection; the data stays. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.#options.folder, { recursive: true, force: true });
  }
}

function launch(program: string, args: readonly string[]): ChildProcess {
  if (running.size === 0) watchOwnEnd();
  const { folder, user } = postgresBinaries();
  const child = spawn(join(folder, program), args, {
    ...user,
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LC_MESSAGES: "C" },
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Resolves once what the program has said, or its end, is what was waited for; rejects with what it said when it ends otherwise. */
async function settled(child: ChildProcess, isDone: (text: string, code?: number | null) => boolean): Promise<void> {
  let text = "";
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (isDone(text)) resolve();
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (isDone(text, code)) resolve();
      else reject(new Error(`${child.spawnfile} ended with ${code}: ${text}`));
    });
  });
}

let isWatching = false;

function watchOwnEnd(): void {
  if (isWatching) return;
  isWatching = true;
  const endAll = (): void => running.forEach((child) => child.kill("SIGINT"));
  process.on("exit", endAll);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      endAll();
      process.kill(process.pid, signal);
    });
  }
}
