import type { ProcessIdentity, ProcessStore } from "../contract/index.ts";
import type { MemoryConnection } from "./connection.ts";

export class MemoryProcesses implements ProcessStore {
  readonly #connection: MemoryConnection;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  register(params: { readonly process: ProcessIdentity }): Promise<void> {
    return this.#connection.run(() => void this.#connection.store.endedProcesses.delete(params.process.id));
  }

  unregister(params: { readonly processId: string }): Promise<void> {
    return this.#connection.run(() => void this.#connection.store.endedProcesses.add(params.processId));
  }

  isDead(params: { readonly process: ProcessIdentity }): Promise<boolean> {
    return this.#connection.run(() => this.#connection.store.endedProcesses.has(params.process.id));
  }
}
