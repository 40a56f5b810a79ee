import { TenureError } from "../errors/index.ts";

/** Loads an optional peer. Rejects with `package_missing` and the command to install it if it is not there; any other failure keeps its cause. */
export async function loadPackage<Module>(name: string, load: () => Promise<Module>, purpose: string): Promise<Module> {
  try {
    return await load();
  } catch (thrown) {
    if (!isMissing(thrown, name)) throw TenureError.from(thrown);
    throw new TenureError("package_missing", `${purpose} needs the package ${name}, which is not installed.`, {
      hint: `npm install ${name}`,
      cause: thrown,
    });
  }
}

/** Whether loading failed because this very package is not there, and not one beneath it. */
export function isMissing(thrown: unknown, name: string): boolean {
  if (!(thrown instanceof Error) || !("code" in thrown)) return false;
  return (
    (thrown.code === "ERR_MODULE_NOT_FOUND" || thrown.code === "MODULE_NOT_FOUND") &&
    thrown.message.includes(`'${name}'`)
  );
}
