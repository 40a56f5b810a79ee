import type * as CoreRestPipeline from "@azure/core-rest-pipeline";
import type { Pipeline, PipelinePolicy } from "@azure/core-rest-pipeline";
import type { Agent } from "node:http";
import { FOUNDRY_SCOPE } from "../credential.ts";
import type { FoundrySettings } from "../options.ts";

/** The module, loaded at the first call: it costs 122 ms. */
export type PipelineModule = typeof CoreRestPipeline;

/**
 * One pipeline for everything, agents and runs alike. It never repeats a request and never follows a redirect: what may be repeated is
 * decided above it, where it is known whether anything was begun (P2).
 */
export function createFoundryPipeline(core: PipelineModule, settings: FoundrySettings, agent: Agent): Pipeline {
  const { endpoint, tlsOptions, proxyOptions } = settings;
  const pipeline = core.createPipelineFromOptions({
    retryOptions: { maxRetries: 0 },
    userAgentOptions: { userAgentPrefix: settings.userAgentPrefix },
    ...(tlsOptions === undefined ? {} : { tlsOptions }),
    ...(proxyOptions === undefined ? {} : { proxyOptions }),
  });
  pipeline.removePolicy({ name: core.redirectPolicyName });
  // A proxy cannot reach this machine's loopback, whatever the environment says.
  if (endpoint.isLoopback) pipeline.removePolicy({ name: core.proxyPolicyName });
  pipeline.addPolicy(connectionPolicy(agent), { afterPolicies: [core.proxyPolicyName] });
  const bearer = core.bearerTokenAuthenticationPolicy({ credential: settings.credential, scopes: FOUNDRY_SCOPE });
  pipeline.addPolicy(endpoint.isPlainHttp ? overPlainHttp(bearer) : bearer, { phase: "Sign" });
  return pipeline;
}

/** Connections of our own, so that `close()` can give them back. A proxy brings its own agent, which stays. */
function connectionPolicy(agent: Agent): PipelinePolicy {
  return {
    name: "tenureConnectionPolicy",
    sendRequest(request, next) {
      request.agent ??= agent;
      return next(request);
    },
  };
}

/**
 * The bearer policy refuses everything that is not https, without a way out. `parseEndpoint` lets plain HTTP through to loopback only, so here
 * the policy is shown the address as https and the request goes out as it was.
 */
function overPlainHttp(bearer: PipelinePolicy): PipelinePolicy {
  return {
    name: bearer.name,
    sendRequest(request, next) {
      const { url } = request;
      request.url = url.replace(/^http:/, "https:");
      return bearer.sendRequest(request, (signed) => {
        signed.url = url;
        return next(signed);
      });
    },
  };
}
