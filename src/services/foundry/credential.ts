import type { AccessToken, GetTokenOptions, TokenCredential } from "@azure/core-auth";
import { TenureError } from "../../errors/index.ts";
import type { Runtime } from "../../runtime/index.ts";

/** The audience of every Foundry call, runs included. */
export const FOUNDRY_SCOPE = "https://ai.azure.com/.default";

/**
 * A credential whose failures are `unauthorized`, and which gives no token that is known to be useless. All of that happens before
 * anything is sent. An expiry of 0 or none, as some static credentials give, says nothing and is let through.
 */
export function guardCredential(credential: TokenCredential, runtime: Runtime): TokenCredential {
  const getToken = async (scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> => {
    const token = await askCredential(credential, scopes, options);
    if (token === null || token === undefined || typeof token.token !== "string") {
      throw new TenureError("unauthorized", "The credential gave no token.");
    }
    // What is not visible ASCII cannot stand in a header (RFC 9110, 5.5).
    if (!/^[\x21-\x7e]+$/.test(token.token)) {
      throw new TenureError(
        "unauthorized",
        "The credential gave an empty token, or one with characters that no token has.",
      );
    }
    if (token.expiresOnTimestamp > 0 && token.expiresOnTimestamp <= runtime.now()) {
      const expiry = new Date(token.expiresOnTimestamp).toISOString();
      throw new TenureError("unauthorized", `The credential gave a token that expired at ${expiry}.`);
    }
    return token;
  };
  return { getToken };
}

async function askCredential(
  credential: TokenCredential,
  scopes: string | string[],
  options?: GetTokenOptions,
): Promise<AccessToken | null | undefined> {
  try {
    return await credential.getToken(scopes, options);
  } catch (error) {
    if (error instanceof TenureError) throw error;
    if (options?.abortSignal?.aborted === true) throw error;
    const reason =
      error instanceof Error ? (error.message.split("\n", 1)[0] ?? "") : "it threw something that is no error";
    throw new TenureError("unauthorized", `The credential gave no token: ${reason}`, {
      hint: "Sign in (`az login`), set the variables of your identity, or pass another `credential`.",
      cause: error,
    });
  }
}

/** `DefaultAzureCredential`, made at the first token: `@azure/identity` is optional and costs 270 ms to load. */
export function lazyDefaultCredential(): TokenCredential {
  let loading: Promise<TokenCredential> | undefined;
  return {
    async getToken(scopes, options) {
      loading ??= loadDefaultCredential();
      const credential = await loading;
      return credential.getToken(scopes, options);
    },
  };
}

async function loadDefaultCredential(): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import("@azure/identity").catch((error: unknown) => {
    throw new TenureError(
      "package_missing",
      "Without `credential` Tenure signs in with @azure/identity, which cannot be loaded.",
      { hint: "Install it with `npm install @azure/identity`, or pass `credential`.", cause: error },
    );
  });
  return new DefaultAzureCredential();
}
