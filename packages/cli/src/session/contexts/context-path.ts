import { join } from "node:path";

/** Where the file of contexts lies: RAT_CONFIG_HOME, XDG_CONFIG_HOME/rat, or ~/.config/rat. Undefined without a home. */
export function contextPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const [own, shared, home] = [
    env["RAT_CONFIG_HOME"],
    env["XDG_CONFIG_HOME"],
    env["HOME"] || env["USERPROFILE"],
  ];
  if (own !== undefined && own !== "") return join(own, "contexts.yaml");
  if (shared !== undefined && shared !== "") return join(shared, "rat", "contexts.yaml");
  return home === undefined || home === "" ? undefined : join(home, ".config", "rat", "contexts.yaml");
}
