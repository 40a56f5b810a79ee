import type { AgentRegistry } from "../../src/registry/contract/index.ts";

/** Stands around one call of a registry: may count it, refuse it before, or lose its answer after. */
export type Around = (call: string, proceed: () => Promise<unknown>) => Promise<unknown>;

/** Members that hold facts and no calls. */
const FACTS = new Set(["capabilities", "store"]);

/** The same registry with something around every call of its parts; `call` is `part.method`. */
export function decorateRegistry(inner: AgentRegistry, around: Around): AgentRegistry {
  return new Proxy(inner, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member === "function") return member.bind(target);
      if (typeof name !== "string" || FACTS.has(name) || typeof member !== "object" || member === null) return member;
      return decoratePart(member, name, around);
    },
  });
}

function decoratePart(part: object, name: string, around: Around): object {
  return new Proxy(part, {
    get(target, method) {
      const member: unknown = Reflect.get(target, method, target);
      if (typeof member !== "function" || typeof method !== "string") return member;
      return (...params: unknown[]) =>
        around(`${name}.${method}`, () => Promise.resolve(Reflect.apply(member, target, params)));
    },
  });
}
