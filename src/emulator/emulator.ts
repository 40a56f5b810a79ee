import { systemClock } from "./clock.ts";
import { type Control, type EmulatorStats, readStats, resetEmulator } from "./control/control.ts";
import { checkFaults, type Fault } from "./control/fault.ts";
import { FaultInjector, type FaultReport } from "./control/fault-injector.ts";
import { RequestLog, type RequestLogEntry } from "./control/request-log.ts";
import { agentRoutes } from "./agents/routes.ts";
import { assistantRoutes } from "./classic/assistants.ts";
import { fileRoutes } from "./stores/files.ts";
import { vectorStoreRoutes } from "./stores/vector-stores.ts";
import { conversationRoutes } from "./conversations/routes.ts";
import { deploymentRoutes } from "./deployments/routes.ts";
import { createApplication } from "./http/application.ts";
import { type LoopbackServer, startLoopbackServer } from "./http/node-server.ts";
import { type EmulatorCredential, identityPath, IdentityService } from "./identity.ts";
import { createIdSource } from "./ids.ts";
import { type EmulatorOptions, type ResolvedEmulatorOptions, resolveOptions } from "./options.ts";
import { responseRoutes } from "./responses/routes.ts";
import { openStorage, type Storage } from "./storage/data-file.ts";
import { type Certificate, openCertificate } from "./tls/certificate.ts";

/** A running emulator. Whoever started it closes it. */
export interface Emulator extends AsyncDisposable {
  /** The project's endpoint, `https://localhost:PORT/api/projects/emulator`. */
  readonly endpoint: string;
  readonly port: number;
  /** PEM text of the certificate to trust; `undefined` over plain HTTP. */
  readonly ca: string | undefined;
  /** File of the same, for `NODE_EXTRA_CA_CERTS`; `undefined` over plain HTTP. */
  readonly caFile: string | undefined;
  /** What an unchanged program needs in its environment. Node reads `NODE_EXTRA_CA_CERTS` only when it starts. */
  readonly env: Readonly<Record<string, string>>;
  /** A `TokenCredential` that needs no network. */
  readonly credential: EmulatorCredential;
  stats(): EmulatorStats;
  /** The requests so far, oldest first, without those to `/_emulator/` and for tokens. Bodies only on request. */
  requests(options?: { readonly body?: boolean }): RequestLogEntry[];
  /** Sets faults behind those that are set, and lists them all. Throws a TypeError that names field, expectation and value. */
  faults(faults?: readonly Fault[]): FaultReport[];
  clearFaults(): void;
  /** Empties the project, the totals, the log and the faults. */
  reset(): void;
  /** Cuts all connections, writes the data file, removes a temporary certificate. Closing twice is fine. */
  close(): Promise<void>;
}

/** What a running emulator holds and must give back. */
interface Holdings {
  readonly options: ResolvedEmulatorOptions;
  readonly control: Control;
  readonly storage: Storage;
  readonly identity: IdentityService;
  readonly certificate: Certificate | undefined;
  readonly server: LoopbackServer;
  readonly closing: AbortController;
}

function buildEnv(endpoint: string, holdings: Holdings): Record<string, string> {
  return {
    FOUNDRY_PROJECT_ENDPOINT: endpoint,
    FOUNDRY_MODEL_NAME: holdings.options.model,
    IDENTITY_ENDPOINT: new URL(identityPath, endpoint).href,
    IDENTITY_HEADER: holdings.identity.header,
    ...(holdings.certificate === undefined ? {} : { NODE_EXTRA_CA_CERTS: holdings.certificate.caFile }),
  };
}

class RunningEmulator implements Emulator {
  readonly endpoint: string;
  readonly port: number;
  readonly ca: string | undefined;
  readonly caFile: string | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly credential: EmulatorCredential;
  readonly #holdings: Holdings;
  #closed: Promise<void> | undefined;

  constructor(holdings: Holdings) {
    const { options, server, certificate, identity } = holdings;
    this.#holdings = holdings;
    this.port = server.port;
    this.endpoint = `${options.http ? "http" : "https"}://localhost:${server.port}/api/projects/${options.project}`;
    this.ca = certificate?.cert;
    this.caFile = certificate?.caFile;
    this.env = buildEnv(this.endpoint, holdings);
    this.credential = identity.createCredential();
  }

  stats(): EmulatorStats {
    return readStats(this.#holdings.control);
  }

  requests(options: { readonly body?: boolean } = {}): RequestLogEntry[] {
    return this.#holdings.control.log.list(options.body ?? false);
  }

  faults(faults: readonly Fault[] = []): FaultReport[] {
    const { injector } = this.#holdings.control;
    injector.add(checkFaults(faults));
    return injector.list();
  }

  clearFaults(): void {
    this.#holdings.control.injector.clear();
  }

  reset(): void {
    resetEmulator(this.#holdings.control);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const { closing, server, storage, certificate } = this.#holdings;
    closing.abort();
    await server.close();
    await certificate?.dispose();
    await storage.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Starts a local Microsoft Foundry Agent Service on loopback. Rejects with a TypeError for a wrong option, with Node's own error if the port is
 * taken (`EADDRINUSE`), and with a sentence if the data file cannot be used.
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const resolved = resolveOptions(options);
  const closing = new AbortController();
  const storage = await openStorage(resolved.dataFile, resolved.seed);
  const { state, changed } = { state: storage.state, changed: () => storage.changed() };
  const identity = new IdentityService(resolved, state.seed);
  const control: Control = {
    state,
    changed,
    log: new RequestLog(resolved.clock),
    injector: new FaultInjector(state),
  };
  const application = createApplication({
    surroundings: { options: resolved, state, changed, ids: createIdSource(state) },
    control,
    identity,
    routes: [
      ...agentRoutes,
      ...assistantRoutes,
      ...deploymentRoutes,
      ...conversationRoutes,
      ...responseRoutes,
      ...vectorStoreRoutes,
      ...fileRoutes,
    ],
    closing: closing.signal,
  });
  let certificate: Certificate | undefined;
  try {
    // Clients judge the certificate by the real time, whatever the emulator's clock says.
    certificate = resolved.http ? undefined : await openCertificate(resolved.certDirectory, systemClock);
    const server = await startLoopbackServer(application, resolved.port, certificate);
    return new RunningEmulator({ options: resolved, control, storage, identity, certificate, server, closing });
  } catch (error) {
    await certificate?.dispose();
    await storage.close();
    throw error;
  }
}
