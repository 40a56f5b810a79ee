/** What reads a header, of any HTTP client. */
export interface HeaderReader {
  get(name: string): string | null | undefined;
}

/**
 * How long the service asks to wait, in milliseconds: `retry-after-ms`, `x-ms-retry-after-ms` or `Retry-After` in seconds or as a date
 * (RFC 9110, 10.2.3). `undefined` if there is none that can be read.
 */
export function readRetryAfterMs(headers: HeaderReader, nowMs: number): number | undefined {
  for (const name of ["retry-after-ms", "x-ms-retry-after-ms"]) {
    const ms = parseNumber(headers.get(name));
    if (ms !== undefined) return Math.ceil(ms);
  }
  const text = headers.get("retry-after");
  const seconds = parseNumber(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const date = text === null || text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

function parseNumber(text: string | null | undefined): number | undefined {
  return text !== null && text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}
