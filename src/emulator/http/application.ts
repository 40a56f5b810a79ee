import { randomBytes } from "node:crypto";
import { answerControl, controlTopic, type Control } from "../control/control.ts";
import { type FaultPlan, isAfterEffect, statusAnswer } from "../control/fault-injector.ts";
import { resourceNotFound, ServiceError } from "../errors.ts";
import { identityPath, type IdentityService } from "../identity.ts";
import type { Answer, Application, Call } from "./call.ts";
import { CallContext, type Surroundings } from "./call-context.ts";
import type { Route } from "./route.ts";
import { createRouter, type RouteFinder } from "./router.ts";

/** The parts of one emulator that its HTTP side brings together. */
export interface ApplicationParts {
  readonly surroundings: Surroundings;
  readonly control: Control;
  readonly identity: IdentityService;
  readonly routes: readonly Route[];
  /** Aborted when the emulator closes: whoever waits then goes without an answer. */
  readonly closing: AbortSignal;
}

const apiVersions = new Set(["v1", "2025-11-15-preview"]);

/** Lists that a `stale-list` fault can make old. */
const agentLists = /^\/agents(?:\/[^/]+\/versions)?$/;

/** The OpenAI-style paths carry no `api-version`. */
const versionlessPaths = /^\/openai\/v1\/|\/endpoint\/protocols\//;

/** The path below the project; `undefined` outside of it. */
function projectPath(call: Call, project: string): string | undefined {
  const prefix = `/api/projects/${project}`;
  const { pathname } = call.url;
  return pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : undefined;
}

function errorAnswer(error: unknown, requestId: string): Response {
  if (error instanceof ServiceError) return error.toResponse(requestId);
  const reason = error instanceof Error ? error.message : String(error);
  return new ServiceError(500, "server_error", `The emulator failed: ${reason}`).toResponse(requestId);
}

class EmulatorApplication {
  readonly #parts: ApplicationParts;
  readonly #findRoute: RouteFinder;

  constructor(parts: ApplicationParts) {
    this.#parts = parts;
    this.#findRoute = createRouter(parts.routes);
  }

  async answer(call: Call): Promise<Answer> {
    const topic = controlTopic(call.url.pathname);
    if (topic === undefined && call.url.pathname !== identityPath) return await this.#answerLogged(call);
    try {
      if (topic !== undefined) return answerControl(this.#parts.control, topic, call);
      return this.#parts.identity.answer(call);
    } catch (error) {
      return errorAnswer(error, "");
    }
  }

  async #answerLogged(call: Call): Promise<Answer> {
    const requestId = randomBytes(16).toString("hex");
    const { method, url, body } = call;
    const traceparent = call.headers.get("traceparent") ?? undefined;
    const entry = this.#parts.control.log.open({ method, url, requestId, body, traceparent });
    const plan = this.#planFaults(call);
    if (plan.strike !== undefined) entry.mark(plan.strike);
    else if (plan.delayBeforeMs + plan.delayAfterMs > 0) entry.mark("delay");
    const answer = await this.#answerWithFaults(call, plan, requestId);
    answer?.headers.set("x-request-id", requestId);
    entry.close(answer?.status);
    return answer;
  }

  #planFaults(call: Call): FaultPlan {
    const { pathname, search } = call.url;
    const below = projectPath(call, this.#parts.surroundings.options.project);
    const bases = below === undefined ? [pathname] : [pathname, below];
    return this.#parts.control.injector.take({
      method: call.method,
      paths: bases.flatMap((path) => [path, path + search]),
      isList: call.method === "GET" && below !== undefined && agentLists.test(below),
    });
  }

  async #answerWithFaults(call: Call, plan: FaultPlan, requestId: string): Promise<Answer> {
    const { latencyMs } = this.#parts.surroundings.options;
    if (!(await this.#wait(plan.delayBeforeMs))) return undefined;
    const { fault, strike } = plan;
    const isAfter = fault !== undefined && isAfterEffect(fault);
    const struck = (): Answer => (strike === "status" && fault ? statusAnswer(fault, requestId) : undefined);
    if ((strike === "drop-before" || strike === "status") && !isAfter) return struck();
    const answer = await this.#dispatch(call, plan, requestId);
    // The effect of a stream is complete only at its end.
    if (isAfter) await answer.arrayBuffer();
    if (!(await this.#wait(plan.delayAfterMs + latencyMs))) return undefined;
    return isAfter ? struck() : answer;
  }

  /** False when the emulator closed meanwhile. A client that goes away does not cut the wait: what it asked for still happens. */
  async #wait(ms: number): Promise<boolean> {
    if (ms <= 0) return true;
    const { closing, surroundings } = this.#parts;
    try {
      await surroundings.options.clock.sleep(ms, closing);
      return true;
    } catch (error) {
      if (closing.aborted) return false;
      throw error;
    }
  }

  async #dispatch(call: Call, plan: FaultPlan, requestId: string): Promise<Response> {
    const { surroundings, identity } = this.#parts;
    try {
      const below = projectPath(call, surroundings.options.project);
      if (call.url.pathname.startsWith("/api/projects/")) identity.check(call.headers);
      const match = below === undefined ? undefined : this.#findRoute(call.method, below);
      if (below === undefined || match === undefined || !hasApiVersion(call, below)) throw resourceNotFound();
      const details = {
        requestId,
        params: match.params,
        listedAgents: plan.staleAgents ?? surroundings.state.agents,
      };
      const answer = await match.handler(new CallContext(call, surroundings, details));
      if (call.method !== "GET") surroundings.changed();
      return answer;
    } catch (error) {
      return errorAnswer(error, requestId);
    }
  }
}

function hasApiVersion(call: Call, below: string): boolean {
  if (versionlessPaths.test(below)) return true;
  return apiVersions.has(call.url.searchParams.get("api-version") ?? "");
}

/** Brings faults, log, identity, control and routes together into one function. */
export function createApplication(parts: ApplicationParts): Application {
  const application = new EmulatorApplication(parts);
  return (call) => application.answer(call);
}
