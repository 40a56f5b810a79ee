export { ERROR_CODES, type TenureErrorCode } from "./codes.ts";
export { redact } from "./redact.ts";
export { tell } from "./tell.ts";
export { abortedError, TenureError, throwIfAborted, type TenureErrorOptions } from "./tenure-error.ts";
