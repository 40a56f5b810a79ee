import { TenureError } from "../../errors/index.ts";
import type { SessionInfo } from "./session-info.ts";

/** What `expire` did. */
export interface ExpireReport {
  /** Ended, or with `dryRun`: would be. */
  readonly ended: readonly SessionInfo[];
  /** Left alone because somebody is running them or has used them again. */
  readonly kept: readonly SessionInfo[];
  readonly failed: readonly { readonly session: SessionInfo; readonly error: TenureError }[];
}

/** How to find and end sessions. */
export interface Expiry {
  readonly list: (
    cursor: string | undefined,
  ) => Promise<{ readonly sessions: readonly SessionInfo[]; readonly cursor: string | undefined }>;
  /** `false`: it stays. */
  readonly end: (session: SessionInfo) => Promise<boolean>;
}

/** Goes through the sessions one by one; one failure does not keep the others. */
export async function expireSessions({ list, end }: Expiry): Promise<ExpireReport> {
  const ended: SessionInfo[] = [];
  const kept: SessionInfo[] = [];
  const failed: { session: SessionInfo; error: TenureError }[] = [];
  for await (const session of everySession(list)) {
    try {
      ((await end(session)) ? ended : kept).push(session);
    } catch (thrown) {
      const error = TenureError.from(thrown);
      if (error.code === "session_busy") kept.push(session);
      else failed.push({ session, error });
    }
  }
  return { ended, kept, failed };
}

async function* everySession(list: Expiry["list"]): AsyncGenerator<SessionInfo, void, undefined> {
  let cursor: string | undefined;
  do {
    const page = await list(cursor);
    yield* page.sessions;
    cursor = page.cursor;
  } while (cursor !== undefined);
}
