import { TenureError } from "../../errors/index.ts";

/** Foundry's rule for agent names (Microsoft's agent framework and the service's own 400): no underscore, 1 to 63 characters. */
const SERVICE_NAME = /^[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$/;

/** `market_analyst` becomes `market-analyst`: `_`, `.` and space become `-`, nothing else changes. Throws `invalid_name`. */
export function toServiceName(agentName: string): string {
  const serviceName = agentName.replaceAll(/[_. ]/g, "-");
  if (SERVICE_NAME.test(serviceName)) return serviceName;
  throw new TenureError(
    "invalid_name",
    `Expected \`agentName\` to be 1 to 63 letters, digits, \`_\`, \`-\`, \`.\` or spaces that begin and end with a letter or digit, got ${describe(agentName)}.`,
  );
}

/** Microsoft's sources disagree on whether `Foo` and `foo` are one agent, so they must not meet. */
export function toServiceKey(serviceName: string): string {
  return serviceName.toLowerCase();
}

function describe(name: string): string {
  return name.length > 80 ? `${JSON.stringify(name.slice(0, 40))}… (${name.length} characters)` : JSON.stringify(name);
}
