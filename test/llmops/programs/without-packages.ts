// A program in whose node_modules the optional packages are missing: prints what becomes of the parts that need them.
import { registerHooks } from "node:module";

const HIDDEN = /^(@opentelemetry\/api|ajv|autoevals)(\/|$)/;

registerHooks({
  resolve(specifier, context, next) {
    const name = HIDDEN.exec(specifier)?.[1];
    if (name === undefined) return next(specifier, context);
    // What Node says, word for word.
    throw Object.assign(new Error(`Cannot find package '${name}' imported from ${context.parentURL ?? ""}`), {
      code: "ERR_MODULE_NOT_FOUND",
    });
  },
});

const { autoevals, createLlmops, jsonSchema } = await import("../../../src/llmops/index.ts");
const { contextOf, hostOf } = await import("../support/run-context.ts");

const context = { signal: new AbortController().signal, meter: { call: () => Promise.reject(new Error("none")) } };
const input = { query: "q", answer: "{}", expectedTopics: [], output: [] };
const outcomes: Record<string, unknown> = {};
for (const [name, evaluator] of Object.entries({
  ajv: jsonSchema({ type: "object" }),
  autoevals: autoevals("Levenshtein"),
})) {
  outcomes[name] = await Promise.resolve(evaluator.evaluate(input, context)).catch((error: unknown) => error);
}
const { telemetry } = createLlmops({ budgets: false }).stages;
const start = { kind: "invoke_agent", context: contextOf(hostOf()), conversationId: undefined } as const;
if (telemetry === false) throw new Error("Telemetry was not left out.");
outcomes["telemetry"] = await telemetry.around(start, (span) => {
  span.set({ status: "completed" });
  return Promise.resolve({ headers: span.headers() });
});
console.log(JSON.stringify(outcomes));
