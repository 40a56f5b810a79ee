import { createKeyv } from "@keyv/redis";
import { createCache as createDedupeCache } from "async-cache-dedupe";
import { createCache } from "cache-manager";
import { Redis } from "ioredis";
import { create, type OpenContestant, type Place } from "../contestant.ts";

/** cache-manager with one shared Redis: `wrap` asks the cache, then calls. */
export const cacheManager: OpenContestant = (place, service) => {
  const cache = createCache({ stores: [createKeyv(redisUrl(place))] });
  return Promise.resolve({
    resolve: (agentName) => cache.wrap(agentName, () => create(service, agentName)),
    close: () => cache.disconnect(),
  });
};

/** async-cache-dedupe with one shared Redis: calls of one process share one call. */
export const asyncCacheDedupe: OpenContestant = (place, service) => {
  const client = new Redis(redisUrl(place));
  const cache = createDedupeCache({ ttl: 3600, storage: { type: "redis", options: { client } } }).define(
    "agent",
    (agentName: string) => create(service, agentName),
  );
  return Promise.resolve({
    resolve: (agentName) => cache.agent(agentName),
    close: async () => void (await client.quit()),
  });
};

function redisUrl({ redisUrl: url }: Place): string {
  if (url === undefined) throw new Error("There is no Redis.");
  return url;
}
