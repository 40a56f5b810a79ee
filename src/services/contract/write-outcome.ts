import type { TenureError } from "../../errors/index.ts";

/**
 * What is known after one write.
 * `ok`: done. `refused`: not done and not worth repeating unchanged (4xx, also `wrong_endpoint`, `unauthorized`, `forbidden`). `conflict`: not done, somebody
 * else was there (409). `throttled`: not done, the service asks to wait. `not-found`: not done, the parent does not exist. `unknown`: it may or may not
 * have happened (time-out, reset, 5xx, an answer that cannot be read): ask before doing anything else.
 */
export type WriteOutcome<Value> =
  | { readonly kind: "ok"; readonly value: Value }
  | { readonly kind: "refused"; readonly error: TenureError }
  | { readonly kind: "conflict"; readonly error: TenureError }
  | { readonly kind: "throttled"; readonly error: TenureError; readonly retryAfterMs: number | undefined }
  | { readonly kind: "not-found"; readonly error: TenureError }
  | { readonly kind: "unknown"; readonly error: TenureError };
