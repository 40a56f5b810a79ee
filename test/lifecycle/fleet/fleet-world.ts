import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../../src/emulator/index.ts";
import { TenureError } from "../../../src/errors/index.ts";
import { type Fleet, loadFleet, type LoadFleetOptions } from "../../../src/lifecycle/fleet/index.ts";
import type { ProductionAgentManagerOptions } from "../../../src/lifecycle/options.ts";
import { ProductionAgentManager } from "../../../src/lifecycle/production-agent-manager.ts";
import { SqliteRegistry } from "../../../src/registry/sqlite/index.ts";
import { FoundryAgentService } from "../../../src/services/foundry/index.ts";

/** A folder for fleet files; removed at the end. */
export class FleetFolder implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async write(name: string, text: string): Promise<string> {
    const file = join(this.path, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
    return file;
  }

  /** Writes `tenure.yaml` and reads it. */
  async fleet(text: string, options: LoadFleetOptions = {}): Promise<Fleet> {
    const file = await this.write("tenure.yaml", text);
    return loadFleet(file, { variables: {}, model: "gpt-4.1", ...options });
  }

  /** The message of the refusal, file names without their folder. */
  async refusal(text: string, options: LoadFleetOptions = {}): Promise<string> {
    const error = await this.fleet(text, options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof TenureError) || error.code !== "fleet_invalid")
      throw new Error(`Expected fleet_invalid, got ${String(error)}`);
    return error.message.replaceAll(`${this.path}/`, "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

export async function openFolder(): Promise<FleetFolder> {
  return new FleetFolder(await mkdtemp(join(tmpdir(), "tenure-fleet-")));
}

/** An emulator, a registry in a file and a folder for fleet files. */
export class FleetWorld extends FleetFolder {
  readonly emulator: Emulator;
  readonly #managers: ProductionAgentManager[] = [];

  constructor(path: string, emulator: Emulator) {
    super(path);
    this.emulator = emulator;
  }

  get registryFile(): string {
    return join(this.path, "registry.db");
  }

  service(): FoundryAgentService {
    const { endpoint, credential, ca } = this.emulator;
    return new FoundryAgentService({ endpoint, credential, ca });
  }

  manager(options: Partial<ProductionAgentManagerOptions> = {}): ProductionAgentManager {
    const manager = new ProductionAgentManager({
      service: this.service(),
      registry: new SqliteRegistry(this.registryFile),
      model: "gpt-4.1",
      settleMs: 50,
      ...options,
    });
    this.#managers.push(manager);
    return manager;
  }

  /** Requests that would change something in the service, whatever came of them. */
  writes(): readonly string[] {
    return this.emulator
      .requests()
      .filter(({ method }) => method !== "GET")
      .map(({ method, path }) => `${method} ${path.replace(/.*\/agents/, "/agents").replace(/\?.*/, "")}`);
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#managers.map((manager) => manager.close()));
    await this.emulator.close();
    await super[Symbol.asyncDispose]();
  }
}

export async function openFleetWorld(options: EmulatorOptions = {}): Promise<FleetWorld> {
  const folder = await mkdtemp(join(tmpdir(), "tenure-fleet-"));
  return new FleetWorld(folder, await startEmulator({ http: true, ...options }));
}
