import type { JsonObject } from "./json.ts";

/** The optional members of the service's error object. */
export interface ServiceErrorExtra {
  /** The field of the request that is at fault. */
  readonly param?: string;
  /** Default `invalid_request_error` below 500, `server_error` from there. */
  readonly type?: string;
  readonly details?: readonly JsonObject[];
  /** Headers of the answer, for instance `retry-after`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal by the emulated service. Thrown by any handler; the server turns it into `{"error":{…}}`, the only error form that the real clients understand. */
export class ServiceError extends Error {
  readonly status: number;
  readonly code: string;
  readonly extra: ServiceErrorExtra;

  constructor(status: number, code: string, message: string, extra: ServiceErrorExtra = {}) {
    super(message);
    this.name = "ServiceError";
    this.status = status;
    this.code = code;
    this.extra = extra;
  }

  /** The error object as it stands in a body, in a `response.failed` or in an `error` event. */
  toBody(requestId: string): JsonObject {
    return {
      error: {
        code: this.code,
        message: this.message,
        param: this.extra.param ?? null,
        type: this.extra.type ?? (this.status < 500 ? "invalid_request_error" : "server_error"),
        details: [...(this.extra.details ?? [])],
        additionalInfo: { request_id: requestId },
      },
    };
  }

  toResponse(requestId: string): Response {
    return Response.json(this.toBody(requestId), {
      status: this.status,
      headers: { ...this.extra.headers },
    });
  }
}

/** 404 of a path that the service does not have: a wrong project or `api-version`, not an absent agent. */
export function resourceNotFound(): ServiceError {
  return new ServiceError(404, "404", "Resource not found");
}

/** 404 of an absent agent. */
export function agentNotFound(name: string): ServiceError {
  return new ServiceError(404, "not_found", `Agent ${name} doesn't exist`);
}

/** 404 of an absent version of an agent that exists. */
export function versionNotFound(name: string, version: string): ServiceError {
  return new ServiceError(404, "not_found", `Agent ${name} with version ${version} doesn't exist`);
}

/** 400 with the field at fault. */
export function invalidPayload(param: string, message: string): ServiceError {
  return new ServiceError(400, "invalid_payload", message, { param });
}
