/** A request as it came over the wire, its body already read. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: string;
  /** Aborted when the client goes before the answer is complete. */
  readonly signal: AbortSignal;
}

/** `undefined` means: cut the connection without an answer. */
export type Answer = Response | undefined;

/** Everything behind the socket. Never rejects. */
export type Application = (call: Call) => Promise<Answer>;
