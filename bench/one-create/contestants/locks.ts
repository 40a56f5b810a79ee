import { readFile, writeFile } from "node:fs/promises";
import { Redis } from "ioredis";
import { Client } from "pg";
import { lock } from "proper-lockfile";
import Redlock from "redlock";
import { type Contestant, create, type OpenContestant } from "../contestant.ts";

/** Longer than any create here: the locks are held over it. */
const LOCK_MS = 10_000;

/** Redlock 4 with its own defaults, the agent's id in Redis. */
export const redlock: OpenContestant = async (place, service) => {
  if (place.redisUrl === undefined) throw new Error("There is no Redis.");
  const redis = new Redis(place.redisUrl);
  // A try that loses gives its part of the lock back, and version 4.2 lets the failure of that go unhandled.
  process.on("unhandledRejection", (reason) => {
    if (!(reason instanceof Redlock.LockError)) throw reason;
  });
  const redlocks = new Redlock([oldStyle(redis)], { retryCount: -1 });
  return onceUnder(service, {
    known: (agentName) => redis.get(agentName),
    keep: async (agentName, id) => void (await redis.set(agentName, id)),
    under: async (agentName, body) => {
      const held = await redlocks.lock(`lock:${agentName}`, LOCK_MS);
      try {
        return await body();
      } finally {
        await held.unlock();
      }
    },
    close: async () => void (await redis.quit()),
  });
};

type Callback = ((error: Error | null, answer: unknown) => void) | undefined;

/** Redlock 4 calls `eval` and `evalsha` with lists and callbacks, as clients of its time took them. */
function oldStyle(redis: Redis): Redlock.CompatibleRedisClient {
  const answer = (asked: Promise<unknown>, callback: Callback): void => {
    asked.then(
      (value) => callback?.(null, value),
      (error: unknown) => callback?.(error instanceof Error ? error : new Error(String(error)), undefined),
    );
  };
  const client = {
    eval: ([script = "", keys = 0, ...rest]: readonly (string | number)[], callback: Callback) =>
      answer(redis.eval(String(script), Number(keys), ...rest.map(String)), callback),
    evalsha: (hash: string, [keys = 0, ...rest]: readonly (string | number)[], callback: Callback) =>
      answer(redis.evalsha(hash, Number(keys), ...rest.map(String)), callback),
  };
  return client;
}

/** proper-lockfile with retries of 10 ms, the agent's id in a file. */
export const properLockfile: OpenContestant = async (place, service) => {
  const file = (agentName: string): string => `${place.folder}/${agentName}.id`;
  const known = async (agentName: string): Promise<string | null> => {
    try {
      return await readFile(file(agentName), "utf8");
    } catch {
      return null;
    }
  };
  return onceUnder(service, {
    known,
    keep: (agentName, id) => writeFile(file(agentName), id),
    under: async (agentName, body) => {
      const release = await lock(file(agentName), {
        realpath: false,
        retries: { retries: 2_000, minTimeout: 10, maxTimeout: 10 },
      });
      try {
        return await body();
      } finally {
        await release();
      }
    },
    close: () => Promise.resolve(),
  });
};

/** A PostgreSQL session-level advisory lock held over the create, the agent's id in a table. */
export const advisoryLock: OpenContestant = async (place, service) => {
  const client = new Client(place.postgresUrl);
  await client.connect();
  await client.query("SELECT pg_advisory_lock(1)");
  await client.query("CREATE TABLE IF NOT EXISTS bench_agents (name text PRIMARY KEY, id text NOT NULL)");
  await client.query("SELECT pg_advisory_unlock(1)");
  return onceUnder(service, {
    known: async (agentName) => {
      const { rows } = await client.query<{ id: string }>("SELECT id FROM bench_agents WHERE name = $1", [agentName]);
      return rows[0]?.id ?? null;
    },
    keep: async (agentName, id) =>
      void (await client.query("INSERT INTO bench_agents VALUES ($1, $2)", [agentName, id])),
    under: async (agentName, body) => {
      await client.query("SELECT pg_advisory_lock(hashtext($1))", [agentName]);
      try {
        return await body();
      } finally {
        await client.query("SELECT pg_advisory_unlock(hashtext($1))", [agentName]);
      }
    },
    close: () => client.end(),
  });
};

interface LockedStore {
  readonly known: (agentName: string) => Promise<string | null>;
  readonly keep: (agentName: string, id: string) => Promise<void>;
  readonly under: (agentName: string, body: () => Promise<string>) => Promise<string>;
  readonly close: () => Promise<void>;
}

/** The usual pattern: look, lock, look again, create, keep. */
function onceUnder(service: Parameters<typeof create>[0], store: LockedStore): Contestant {
  return {
    resolve: async (agentName) => {
      const known = await store.known(agentName);
      if (known !== null) return known;
      return store.under(agentName, async () => {
        const again = await store.known(agentName);
        if (again !== null) return again;
        const id = await create(service, agentName);
        await store.keep(agentName, id);
        return id;
      });
    },
    close: store.close,
  };
}
