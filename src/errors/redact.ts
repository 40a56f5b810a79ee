const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, "$1 ***"],
  // Three base64url parts: a JSON Web Token, wherever it stands.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, "***"],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/gi, "$1:***@"],
  [
    // Also behind a prefix, as in `client_secret`; `sig` is the signature of a shared access signature in a URL.
    /(?<![a-z])((?:[a-z0-9]+[-_])*(?:api[-_]?key|password|pwd|(?:client)?secret|accountkey|sharedaccesskey(?:signature)?|(?:access|refresh|id)[-_]?token|sig)["']?\s*[=:]\s*["']?)[^\s"',;&]{3,}/gi,
    "$1***",
  ],
  [/\bsk-[A-Za-z0-9_-]{16,}/g, "***"],
];

/** The text without what looks like a token, key or password. Used on every message before it can be logged (P8). */
export function redact(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean;
}
