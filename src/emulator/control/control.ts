import { ServiceError } from "../errors.ts";
import type { Call } from "../http/call.ts";
import { clearState, countLive, type Counters, type EmulatorState, type ResourceCounts } from "../state.ts";
import { checkFaults, FaultError } from "./fault.ts";
import type { FaultInjector } from "./fault-injector.ts";
import type { RequestLog } from "./request-log.ts";

/** Live counts, and totals of what was ever made and removed. */
export interface EmulatorStats extends ResourceCounts, Counters {}

/** The emulator's own side door, for tests and for people: what is there, what happened, what shall go wrong. */
export interface Control {
  readonly state: EmulatorState;
  readonly log: RequestLog;
  readonly injector: FaultInjector;
  readonly changed: () => void;
}

/** At the root of the port, beside the projects, or below one. */
const controlPath = /^(?:\/api\/projects(?:\/[^/]+)?)?\/_emulator\/([a-z]+)\/?$/;

/** The last part of a control path: `stats`, `requests`, `faults` or `reset`. `undefined` for any other path. */
export function controlTopic(path: string): string | undefined {
  return controlPath.exec(path)?.[1];
}

export function readStats({ state }: Control): EmulatorStats {
  return {
    ...countLive(state),
    created: { ...state.counters.created },
    deleted: { ...state.counters.deleted },
  };
}

/** Empties the project, the totals, the log and the faults. */
export function resetEmulator({ state, log, injector, changed }: Control): void {
  clearState(state);
  log.clear();
  injector.clear();
  changed();
}

function addFaults({ injector }: Control, body: string): Response {
  try {
    injector.add(checkFaults(JSON.parse(body)));
    return Response.json(injector.list());
  } catch (error) {
    if (error instanceof FaultError) throw new ServiceError(400, "invalid_fault", error.message);
    throw new ServiceError(400, "invalid_fault", "Expected the body to be a JSON list of faults");
  }
}

function isAsked(value: string | null): boolean {
  return value !== null && value !== "false" && value !== "0";
}

/** Answers a call to `/_emulator/…`. Throws a `ServiceError`. */
export function answerControl(control: Control, topic: string, call: Call): Response {
  const { log, injector } = control;
  switch (`${call.method} ${topic}`) {
    case "GET stats":
      return Response.json(readStats(control));
    case "GET requests":
      return Response.json(log.list(isAsked(call.url.searchParams.get("body"))));
    case "DELETE requests":
      log.clear();
      return Response.json([]);
    case "GET faults":
      return Response.json(injector.list());
    case "POST faults":
      return addFaults(control, call.body);
    case "DELETE faults":
      injector.clear();
      return Response.json([]);
    case "POST reset":
      resetEmulator(control);
      return Response.json(readStats(control));
    default:
      throw new ServiceError(404, "404", `No ${call.method} /_emulator/${topic}`);
  }
}
