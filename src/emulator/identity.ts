import { createHash, randomBytes } from "node:crypto";
import { unixSeconds } from "./clock.ts";
import { ServiceError } from "./errors.ts";
import type { Call } from "./http/call.ts";
import { isJsonObject } from "./json.ts";
import type { ResolvedEmulatorOptions } from "./options.ts";

/** Path of the managed identity endpoint, as on Azure App Service. */
export const identityPath = "/msi/token";

/** What the project's API wants in a token. */
const audience = "https://ai.azure.com";

/** A token as `@azure/core-auth` describes it. */
export interface IdentityToken {
  readonly token: string;
  /** Epoch milliseconds. */
  readonly expiresOnTimestamp: number;
}

/** A credential that every Azure client takes. Needs no network. */
export interface EmulatorCredential {
  getToken(scopes: string | string[]): Promise<IdentityToken>;
}

/** Makes and checks the emulator's tokens, and answers for the managed identity of App Service, which `DefaultAzureCredential` asks when `IDENTITY_ENDPOINT` and `IDENTITY_HEADER` are set. */
export class IdentityService {
  /** The secret that a client must send back as `X-IDENTITY-HEADER`. */
  readonly header: string;
  readonly #options: ResolvedEmulatorOptions;

  /** The header follows from the state's seed: a program that was told it still gets in after a restart with the same data file. */
  constructor(options: ResolvedEmulatorOptions, seed: string) {
    this.#options = options;
    this.header = createHash("sha256").update(`identity:${seed}`).digest("hex").slice(0, 32);
  }

  /** A token for one resource. It has the form of a JWT without a signature, so that tools can show what is in it. */
  issue(resource: string): IdentityToken {
    const { clock, behaviour } = this.#options;
    const issuedAt = unixSeconds(clock);
    const expiresAt = issuedAt + behaviour.tokenLifetimeS;
    const claims = { iss: "tenure-emulator", aud: resource, iat: issuedAt, exp: expiresAt };
    const parts = [{ alg: "none", typ: "JWT" }, claims].map((part) => {
      return Buffer.from(JSON.stringify(part)).toString("base64url");
    });
    return {
      token: `${parts.join(".")}.${randomBytes(8).toString("base64url")}`,
      expiresOnTimestamp: expiresAt * 1000,
    };
  }

  /** A credential that issues its tokens here, without asking the network. */
  createCredential(): EmulatorCredential {
    return {
      getToken: async (scopes) => {
        const scope = typeof scopes === "string" ? scopes : (scopes[0] ?? `${audience}/.default`);
        return this.issue(scope.replace(/\/\.default$/, ""));
      },
    };
  }

  /** Answers `GET /msi/token?resource=…&api-version=2019-08-01`. Throws a `ServiceError`. */
  answer(call: Call): Response {
    if (call.headers.get("x-identity-header") !== this.header) {
      throw new ServiceError(401, "Unauthorized", "The header X-IDENTITY-HEADER is missing or wrong");
    }
    const resource = call.url.searchParams.get("resource");
    if (resource === null) throw new ServiceError(400, "invalid_request", "The parameter `resource` is missing");
    const { token, expiresOnTimestamp } = this.issue(resource);
    return Response.json({
      access_token: token,
      expires_on: String(expiresOnTimestamp / 1000),
      resource,
      token_type: "Bearer",
      client_id: "00000000-0000-0000-0000-000000000000",
    });
  }

  /** Takes any bearer token but one of its own that has run out or is for another resource. Throws a `ServiceError` 401. */
  check(headers: Headers): void {
    const authorization = headers.get("authorization") ?? "";
    const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? headers.get("api-key") ?? undefined;
    if (token === undefined && !this.#options.behaviour.requireToken) return;
    if (token !== undefined && this.#isGood(token)) return;
    throw new ServiceError(
      401,
      "Unauthorized",
      `Access token is missing, invalid, audience is incorrect (${audience}), or have expired.`,
      { headers: { "www-authenticate": "Bearer" } },
    );
  }

  #isGood(token: string): boolean {
    const claims = readClaims(token);
    if (claims?.iss !== "tenure-emulator") return true;
    return claims.aud === audience && Number(claims.exp) > unixSeconds(this.#options.clock);
  }
}

function readClaims(token: string): { iss?: unknown; aud?: unknown; exp?: unknown } | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return isJsonObject(claims) ? claims : undefined;
  } catch {
    return undefined;
  }
}
