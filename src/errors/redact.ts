// What may stand before a name is left open (`client_secret`, `clientSecret`, `AZURE_OPENAI_API_KEY`) where the rest is plain enough: a prefix in the pattern
// would make it slow on long texts. `sig` is the signature of a shared access signature in a URL.
const NAMES = [
  "secret",
  "password",
  "api[-_]?key",
  "(?:account|subscription|sharedaccess)[-_]?key",
  "shared[-_]?access[-_]?signature",
  "(?<![a-z])(?:pwd|sig)",
  "(?<![a-z])(?:id|auth|access|refresh|session|security)[-_]?token",
].join("|");
// A quote may be escaped: services put JSON into the messages of their errors.
const QUOTE = String.raw`\\?["']`;
const NAMED = new RegExp(String.raw`((?:${NAMES})(?:${QUOTE})?\s*[=:]\s*(?:${QUOTE})?)[^\s"',;&\\]{3,}`, "gi");

const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{6,}/gi, "$1 ***"],
  // Three base64url parts: a JSON Web Token, wherever it stands.
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/g, "***"],
  // Lengths are bounded, because each beginning is looked at anew: a long text must cost no more than its length.
  [/\b([a-z][a-z0-9+.-]{0,31}:\/\/[^\s:/@]{0,256}):[^\s@]{1,2048}@/gi, "$1:***@"],
  [NAMED, "$1***"],
  [/\bsk-[A-Za-z0-9_-]{16,}/g, "***"],
];

/** The text without what looks like a token, key or password. Used on every message before it can be logged (P8). */
export function redact(text: string): string {
  let clean = text;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean;
}
