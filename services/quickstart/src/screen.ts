import type { Example } from "./examples.ts";
import type { Health } from "./health.ts";
import type { Unit } from "./unit.ts";

const SIGNS: Readonly<Record<string, string>> = {
  active: "●",
  degraded: "◆",
  fallback: "▲",
  denying: "✕",
  builtin: "○",
  unknown: "◌",
};

/** One line for each unit and each slot. */
export function renderUnits(health: Health, units: readonly Unit[]): string {
  const pidOf = (name: string | null) => units.find((unit) => unit.running && unit.name === name)?.pid;
  const services = Object.entries(health.services).map(
    ([name, state]) => `  ${state === "healthy" ? "●" : "✕"} ${name.padEnd(12)} ${state}`,
  );
  const slots = Object.entries(health.slots).map(([slot, { state, plugin, version, reason }]) => {
    const pid = pidOf(plugin);
    const who = plugin === null ? "(built in)" : `${plugin} ${version ?? ""}`;
    const remark = state === "active" || state === "builtin" ? "" : `  ${reason}`;
    const process = pid === undefined ? "" : `pid ${pid}`;
    return `  ${SIGNS[state] ?? "?"} ${slot.padEnd(12)} ${state.padEnd(9)} ${who.padEnd(24)} ${process}${remark}`.trimEnd();
  });
  return [...services, ...slots].join("\n");
}

/** A ratd that serves. */
export interface Started {
  readonly url: string;
  readonly pid: number | undefined;
  /** The file with the first API key, when ratd has one. */
  readonly keyFile: string | undefined;
}

/** What to do next: addresses, the operator's key, three calls, and the experiment that shows what RAT is for. */
export function renderNext(
  { url, pid, keyFile }: Started,
  examples: readonly Example[],
  units: readonly Unit[],
): string {
  const auth = examples.find(({ slot }) => slot === "auth");
  const killed = auth ?? examples[0];
  const victim = units.find(({ name }) => name === killed?.name)?.pid;
  const token = auth?.name === "hello-auth" ? " -H 'Authorization: Bearer demo-admin'" : "";
  const experiment =
    killed === undefined || victim === undefined
      ? ""
      : `
  Kill a plugin and watch its slot fall back, then start it again:
    kill -9 ${victim}
    npx node ${killed.file}
`;
  const operator =
    keyFile === undefined
      ? ""
      : `  key    ${keyFile}   (may do everything: npx rat login --api-key <file>)\n`;
  return `
  ratd   ${url}   (pid ${pid ?? "?"}; API: ${url}/docs)
${operator}
    curl ${url}/health
    curl ${url}/features
    curl${token} ${url}/api/v1/me
    npx rat status
    npm run example        four pipelines over real data, run and followed live
${experiment}
  Not for production: demo tokens, plugins and a runner beside ratd, an embedded database. Ctrl-C stops all of it.`;
}

/** A unit that did not get well, with its last words. */
export function renderFailure(unit: Unit, ending: string): string {
  const lines = unit.lastLines.map((line) => `      ${line}`).join("\n");
  return `  ✕ ${unit.name} ended with ${ending}\n${lines}`;
}
