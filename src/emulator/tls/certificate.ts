import { randomBytes, X509Certificate } from "node:crypto";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Clock } from "../clock.ts";
import type { TlsIdentity } from "../http/node-server.ts";

/** A certificate for the loopback names, with the file that clients are to trust. */
export interface Certificate extends TlsIdentity {
  /** Absolute path of the PEM file for `NODE_EXTRA_CA_CERTS`. It holds the certificate without its key. */
  readonly caFile: string;
  /** Removes what was made only for this run. */
  dispose(): Promise<void>;
}

const dayMs = 86_400_000;
/** Some clients refuse server certificates that live longer than 825 days. */
const lifeDays = 820;
const renewBeforeDays = 30;

/** Both files stand in one directory, so that renaming it puts the pair in place in one step. */
const pairName = "tls";
const certName = "localhost.pem";
const keyName = "localhost-key.pem";

/** Makes a key and a certificate that is good for the loopback names only and can sign nothing. */
async function generatePair(clock: Clock): Promise<TlsIdentity> {
  const { generate } = await import("selfsigned");
  const nowMs = clock.nowMs();
  const pair = await generate([{ name: "commonName", value: "Tenure emulator (localhost)" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: new Date(nowMs - dayMs),
    notAfterDate: new Date(nowMs + lifeDays * dayMs),
    extensions: [
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
          { type: 7, ip: "::1" },
        ],
      },
    ],
  });
  return { key: pair.private, cert: pair.cert };
}

async function readPair(directory: string): Promise<TlsIdentity | undefined> {
  try {
    const [key, cert] = await Promise.all([
      readFile(join(directory, pairName, keyName), "utf8"),
      readFile(join(directory, pairName, certName), "utf8"),
    ]);
    return { key, cert };
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

function isUsable(pair: TlsIdentity, clock: Clock): boolean {
  try {
    const { validToDate } = new X509Certificate(pair.cert);
    return validToDate.getTime() > clock.nowMs() + renewBeforeDays * dayMs;
  } catch {
    return false;
  }
}

async function writePair(directory: string, pair: TlsIdentity): Promise<void> {
  const draft = await mkdtemp(join(directory, ".tls-"));
  await writeFile(join(draft, keyName), pair.key, { mode: 0o600 });
  await writeFile(join(draft, certName), pair.cert, { mode: 0o644 });
  try {
    await rename(draft, join(directory, pairName));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process put its pair there first: that one is used.
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ENOTEMPTY" && code !== "EEXIST" && code !== "EPERM") throw error;
  }
}

async function putAside(directory: string): Promise<void> {
  const aside = join(directory, `.old-${randomBytes(6).toString("hex")}`);
  try {
    await rename(join(directory, pairName), aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

async function openPair(directory: string, clock: Clock): Promise<TlsIdentity> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const pair = await readPair(directory);
    if (pair !== undefined && isUsable(pair, clock)) return pair;
    if (pair !== undefined) await putAside(directory);
    await writePair(directory, await generatePair(clock));
  }
  throw new Error(`No usable certificate could be made in ${directory}`);
}

/**
 * Opens the certificate in `directory`, or makes one there: at the first start, when it is about to run out, or when it cannot be read.
 * Processes that start at once end up with the same one. Without a directory: a fresh one in the system's temporary files.
 */
export async function openCertificate(directory: string | undefined, clock: Clock): Promise<Certificate> {
  const home = directory === undefined ? await mkdtemp(join(tmpdir(), "tenure-emulator-")) : resolve(directory);
  const pair = await openPair(home, clock);
  await chmod(join(home, pairName, keyName), 0o600);
  return {
    ...pair,
    caFile: join(home, pairName, certName),
    dispose: async () => {
      if (directory === undefined) await rm(home, { recursive: true, force: true });
    },
  };
}
