import { type Emulator, type EmulatorBehaviour, type Fault, startEmulator } from "../../src/emulator/index.ts";
import type { Runtime } from "../../src/runtime/index.ts";
import { systemRuntime } from "../../src/runtime/index.ts";
import { FoundryAgentService, type FoundryAgentServiceOptions } from "../../src/services/foundry/index.ts";
import type { FaultKind, ServiceFault, ServiceUnderTest } from "../../src/testing/service-suite.ts";
import { createTlsFetch } from "../support/tls-fetch.ts";

/** The machine's runtime with waits that are over at once, and a note of how long each was to be. */
export function impatientRuntime(): Runtime & { readonly waitsMs: readonly number[] } {
  const waitsMs: number[] = [];
  return {
    ...systemRuntime,
    waitsMs,
    sleep: (ms, options) => {
      waitsMs.push(ms);
      return systemRuntime.sleep(0, options);
    },
  };
}

/** A `FoundryAgentService` over TLS to an emulator of its own. */
export interface EmulatedFoundry extends ServiceUnderTest {
  readonly service: FoundryAgentService;
  readonly emulator: Emulator;
}

/** Opens both. Options replace those that fit the emulator. */
export async function openEmulatedFoundry(
  options: Partial<FoundryAgentServiceOptions> & { readonly behaviour?: EmulatorBehaviour } = {},
): Promise<EmulatedFoundry> {
  // The service's own order is not documented, so the emulator takes the one that would show if we left ours away.
  const { behaviour = { listOrder: "asc" }, ...serviceOptions } = options;
  const emulator = await startEmulator({ behaviour });
  const { endpoint, ca, credential } = emulator;
  const service = new FoundryAgentService({ endpoint, ca, credential, runtime: impatientRuntime(), ...serviceOptions });
  return {
    service,
    emulator,
    inject: (fault) => void emulator.faults([toEmulatorFault(fault)]),
    countWrites: () =>
      emulator.requests().filter(({ method, path }) => method !== "GET" && path.includes("/agents/")).length,
    plant: async ({ serviceName, ...body }) => {
      const { token } = await credential.getToken("https://ai.azure.com/.default");
      const response = await createTlsFetch(ca)(`${endpoint}/agents?api-version=v1`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify({ name: serviceName, ...body }),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    askForCall: (name, args) => `call ${name} ${JSON.stringify(args)}`,
    [Symbol.asyncDispose]: async () => {
      await service.close();
      await emulator.close();
    },
  };
}

const PLACES: Readonly<Record<ServiceFault["on"], Pick<Fault, "method" | "path">>> = {
  read: { method: "GET", path: "/agents" },
  create: { method: "POST", path: "/agents/[^/]+/versions$" },
  delete: { method: "DELETE", path: "/agents/" },
  run: { method: "POST", path: "/openai/v1/responses$" },
};

const EFFECTS: Readonly<Record<FaultKind, Pick<Fault, "effect" | "status" | "headers" | "body" | "delayMs">>> = {
  "answer-lost": { effect: "drop-after" },
  "no-answer": { effect: "delay", delayMs: 3_600_000 },
  "request-lost": { effect: "drop-before" },
  unreadable: { effect: "status", status: 200, body: "<html><body>Sign in</body></html>" },
  "server-error": { effect: "status", status: 500 },
  unavailable: { effect: "status", status: 503 },
  conflict: { effect: "status", status: 409, body: { error: { code: "conflict", message: "Please retry." } } },
  throttled: { effect: "status", status: 429, body: { error: { code: "rate_limit_exceeded", message: "Slow." } } },
  "throttled-with-wait": { effect: "status", status: 429, headers: { "retry-after-ms": "20" } },
  "bad-request": { effect: "status", status: 400, body: { error: { code: "invalid_payload", message: "No." } } },
  unauthorized: { effect: "status", status: 401, body: { error: { code: "401", message: "Token expired." } } },
  "forbidden-page": { effect: "status", status: 403, body: "<html><h1>403 Forbidden</h1><hr>nginx</html>" },
  "wrong-endpoint": { effect: "status", status: 404, body: { error: { code: "404", message: "Resource not found" } } },
};

function toEmulatorFault({ on, kind, times = 1 }: ServiceFault): Fault {
  return { ...PLACES[on], ...EFFECTS[kind], times };
}
