import type { Health } from "@rat/client";
import { failed, passed, warned, type Finding } from "../../output/checks/finding.ts";
import { namedSlots } from "../slots/slots-view.ts";
import { checkSlot } from "./check-slot.ts";

/** What the checks look at. */
export interface HealthFacts {
  readonly health: Health;
  readonly address: string;
  /** How long /health took, in milliseconds. */
  readonly tookMs: number;
  readonly cliVersion: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** What /health tells of services, slots and plugins. */
export function checkHealth(facts: HealthFacts): readonly Finding[] {
  const { health, now } = facts;
  const slots = namedSlots(health);
  const inSlots = new Set(slots.map(({ plugin }) => plugin));
  return [
    ...Object.entries(health.services).map(([name, state]) => checkService(name, state)),
    ...slots.flatMap((slot) => checkSlot(slot, health.exposure, now)),
    ...Object.entries(health.plugins).flatMap(([name, state]) =>
      state === "down" && !inSlots.has(name)
        ? [warned("plugins", name, `${name} is down and serves no slot`, [`rat plugin show ${name}`])]
        : [],
    ),
  ];
}

/** Whether ratd answers, and whether rat fits it. */
export function checkServer({ health, address, tookMs, cliVersion }: HealthFacts): readonly Finding[] {
  const reachable = passed(
    "ratd",
    "reachable",
    `reachable ${address} (${tookMs} ms), ratd ${health.version}`,
  );
  if (health.version === cliVersion) {
    return [reachable, passed("ratd", "version", `rat has the same version, ${cliVersion}`)];
  }
  const message = `rat is ${cliVersion}, ratd is ${health.version}`;
  return [reachable, warned("ratd", "version", message, ["use the rat that came with this ratd"])];
}

function checkService(name: string, state: string): Finding {
  if (state === "healthy") return passed("services", name, `${name} is healthy`);
  const step =
    name === "postgres"
      ? "bring PostgreSQL back, or check DATABASE_URL; ratd reconnects by itself"
      : `bring ${name} back, or correct its address under \`services:\` in rat.yaml`;
  return state === "down"
    ? failed("services", name, `${name} is down`, [step])
    : warned("services", name, `${name} is ${state}`, [step]);
}
