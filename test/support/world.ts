import { type Emulator, type EmulatorOptions, startEmulator } from "../../src/emulator/index.ts";
import { type ManagerOptions, AgentManager, type TenureEvent } from "../../src/manager/index.ts";
import { FoundryAgentService } from "../../src/services/foundry/index.ts";

/** An emulator and the managers that a test opens on it; all closed together. */
export class World implements AsyncDisposable {
  readonly emulator: Emulator;
  readonly events: TenureEvent[] = [];
  readonly #managers: AgentManager[] = [];

  constructor(emulator: Emulator) {
    this.emulator = emulator;
  }

  /** A client of the emulator over TLS, with the certificate that it made itself. */
  service(): FoundryAgentService {
    return new FoundryAgentService({
      endpoint: this.emulator.endpoint,
      credential: this.emulator.credential,
      ca: this.emulator.ca,
    });
  }

  manager(options: Partial<ManagerOptions> = {}): AgentManager {
    const manager = new AgentManager({
      service: this.service(),
      model: "gpt-4.1",
      settleMs: 50,
      onEvent: (event) => this.events.push(event),
      ...options,
    });
    this.#managers.push(manager);
    return manager;
  }

  /** Creates that the emulator was asked for, whatever came of them. */
  creates(): number {
    return this.emulator.requests().filter((request) => request.method === "POST" && request.path.includes("/versions"))
      .length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#managers.map((manager) => manager.close()));
    await this.emulator.close();
  }
}

export async function openWorld(options: EmulatorOptions = {}): Promise<World> {
  return new World(await startEmulator(options));
}
