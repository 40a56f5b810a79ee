import { TenureError } from "../../../errors/index.ts";

const UNREACHABLE = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "EADDRNOTAVAIL"]);

/** The error for a connection that gave no answer, or a part of one. */
export function connectionError(cause: unknown, host: string, request: string): TenureError {
  const code = errorCode(cause);
  const reason = code ?? (cause instanceof Error ? cause.message : String(cause));
  const details = { request, host, ...(code === undefined ? {} : { reason: code }) };
  if (code !== undefined && isCertificateCode(code)) {
    return new TenureError("service_unavailable", `The certificate of ${host} is not trusted (${code}).`, {
      hint: "Trust it with NODE_EXTRA_CA_CERTS=FILE, or pass its PEM text as `ca`.",
      cause,
      details: { ...details, sent: false },
    });
  }
  if (code !== undefined && UNREACHABLE.has(code)) {
    return new TenureError("service_unavailable", `${host} cannot be reached (${code}).`, {
      hint: "Check the host name of the endpoint, the network and the proxy.",
      cause,
      retryable: true,
      details: { ...details, sent: false },
    });
  }
  return new TenureError("service_unavailable", `The connection to ${host} broke during ${request}: ${reason}`, {
    cause,
    retryable: true,
    details,
  });
}

function errorCode(cause: unknown): string | undefined {
  if (typeof cause !== "object" || cause === null || !("code" in cause)) return undefined;
  return typeof cause.code === "string" ? cause.code : undefined;
}

/** OpenSSL's verification errors as Node names them, and the mismatch of host and certificate. */
function isCertificateCode(code: string): boolean {
  return /CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/.test(code);
}
