import { TenureError } from "../../errors/index.ts";
import type { RemoteRevision } from "../../services/contract/index.ts";
import assert from "node:assert/strict";
import { createRevision, revisionParams, type ServiceCase, serviceCase, toArray } from "./service-under-test.ts";

/** More than two of the service's greatest pages. */
const MANY = 205;

function refs(revisions: readonly RemoteRevision[]): string[] {
  return revisions.map(({ ref }) => ref.id);
}

/** What is there, what is not, and that it comes back as it was sent. */
export const agentCases: readonly ServiceCase[] = [
  serviceCase("the location and the mapping of names never change", async ({ service }) => {
    assert.equal(service.location, service.location);
    assert.notEqual(service.location, "");
    assert.equal(service.toServiceName("market_analyst"), service.toServiceName("market_analyst"));
    const key = service.toServiceKey(service.toServiceName("market_analyst"));
    assert.equal(key, service.toServiceKey(service.toServiceName("market_analyst")));
    assert.equal(key === undefined, !service.capabilities.uniqueNames);
  }),
  serviceCase("a name that the service cannot have is refused with invalid_name", async ({ service }) => {
    for (const name of ["", "-", "x".repeat(300)]) {
      assert.throws(
        () => service.toServiceName(name),
        (error) => error instanceof TenureError && error.code === "invalid_name",
      );
    }
  }),
  serviceCase("an agent that does not exist is undefined, and has no revisions", async ({ service }) => {
    assert.equal(await service.get({ serviceName: "nobody" }), undefined);
    assert.deepEqual(await toArray(service.listRevisions({ serviceName: "nobody" })), []);
    assert.deepEqual(await toArray(service.listAgents()), []);
    const ref = { id: "nobody:1", name: "nobody", version: "1" };
    assert.equal(await service.getRevision({ ref }), undefined);
  }),
  serviceCase(
    "a revision comes back with everything that was sent, known to the service or not",
    async ({ service }) => {
      const params = {
        ...revisionParams("whole"),
        description: "An agent.",
        metadata: { team: "research", note: "" },
        definition: {
          kind: "prompt",
          model: "gpt-4.1",
          instructions: 'Ünïcode \u2028 "quotes" and\nlines',
          temperature: null,
          tools: [{ type: "tool_of_tomorrow", setting: { deep: [1, { x: true }] } }],
          member_of_tomorrow: { a: [] },
        },
      };
      const made = await createRevision(service, params);
      const agent = await service.get({ serviceName: "whole" });
      const again = await service.getRevision({ ref: made.ref });
      for (const revision of [made, agent?.latest, again]) {
        assert.deepEqual(revision?.definition, params.definition);
        assert.deepEqual(revision?.metadata, params.metadata);
        assert.deepEqual(revision?.stamp, params.stamp);
        assert.equal(revision?.description, "An agent.");
        assert.equal(revision?.draft, false);
        assert.deepEqual(revision?.ref, made.ref);
        assert.ok(Number.isInteger(revision?.createdAt));
      }
      assert.equal(agent?.serviceName, "whole");
      assert.equal(agent?.state, "enabled");
    },
  ),
  serviceCase("the owner of an ephemeral agent is in its stamp", async ({ service }) => {
    const params = revisionParams("short-lived");
    const stamp = { ...params.stamp, ephemeralOwner: "process-1" };
    assert.deepEqual((await createRevision(service, { ...params, stamp })).stamp, stamp);
    assert.deepEqual((await service.get({ serviceName: "short-lived" }))?.latest.stamp, stamp);
  }),
  serviceCase("an agent that somebody else made has no stamp", async ({ service, plant }) => {
    const definition = { kind: "prompt", model: "gpt-4.1", instructions: "By hand." };
    await plant({ serviceName: "by-hand", definition, metadata: { owner: "Ada" } });
    const agent = await service.get({ serviceName: "by-hand" });
    assert.equal(agent?.latest.stamp, undefined);
    assert.deepEqual(agent?.latest.metadata, { owner: "Ada" });
    assert.deepEqual(agent?.latest.definition, definition);
  }),
  serviceCase("the revision that was made last is the latest, and stands first in the list", async ({ service }) => {
    const first = await createRevision(service, revisionParams("twice", 1));
    const second = await createRevision(service, revisionParams("twice", 2));
    assert.notEqual(second.ref.id, first.ref.id);
    assert.deepEqual((await service.get({ serviceName: "twice" }))?.latest.ref, second.ref);
    assert.deepEqual(refs(await toArray(service.listRevisions({ serviceName: "twice" }))), [
      second.ref.id,
      first.ref.id,
    ]);
  }),
  serviceCase("revisions are listed over all pages, newest first, each once", async ({ service }) => {
    const made: RemoteRevision[] = [];
    for (let seed = 0; seed < MANY; seed += 1) made.push(await createRevision(service, revisionParams("many", seed)));
    assert.deepEqual(refs(await toArray(service.listRevisions({ serviceName: "many" }))), refs(made.toReversed()));
  }),
  serviceCase("agents are listed over all pages, each once", async ({ service }) => {
    const names = Array.from({ length: MANY }, (_, index) => `agent-${index}`);
    await Promise.all(names.map((name) => createRevision(service, revisionParams(name))));
    const listed = (await toArray(service.listAgents())).map(({ serviceName }) => serviceName);
    assert.deepEqual(listed.sort(), names.sort());
  }),
  serviceCase("a deleted revision is gone, the others stay, and deleting it again is fine", async ({ service }) => {
    const first = await createRevision(service, revisionParams("pair", 1));
    const second = await createRevision(service, revisionParams("pair", 2));
    assert.deepEqual(await service.deleteRevision({ ref: first.ref }), { kind: "ok", value: "deleted" });
    assert.equal(await service.getRevision({ ref: first.ref }), undefined);
    assert.deepEqual((await service.getRevision({ ref: second.ref }))?.ref, second.ref);
    assert.deepEqual(await service.deleteRevision({ ref: first.ref }), { kind: "ok", value: "absent" });
  }),
  serviceCase("a deleted agent is gone with all its revisions, and deleting it again is fine", async ({ service }) => {
    await createRevision(service, revisionParams("gone", 1));
    await createRevision(service, revisionParams("gone", 2));
    assert.deepEqual(await service.deleteAgent({ serviceName: "gone" }), { kind: "ok", value: "deleted" });
    assert.equal(await service.get({ serviceName: "gone" }), undefined);
    assert.deepEqual(await toArray(service.listRevisions({ serviceName: "gone" })), []);
    assert.deepEqual(await service.deleteAgent({ serviceName: "gone" }), { kind: "ok", value: "absent" });
  }),
  serviceCase("closing twice is fine, and a closed service refuses calls", async ({ service }) => {
    await service.get({ serviceName: "nobody" });
    await service.close();
    await service.close();
    await assert.rejects(service.get({ serviceName: "nobody" }), { code: "closed" });
  }),
];
