import { UnreachableError, type Client, type Health } from "@rat/client";
import type { CommandContext } from "../../kit/command-spec.ts";
import { jsonText } from "../../output/json.ts";
import { printable } from "../../output/printable.ts";
import { namedSlots } from "../slots/slots-view.ts";
import { overall } from "./overall.ts";
import { statusLines } from "./status-lines.ts";

const INTERVAL_MS = 2_000;
const CLEAR_SCREEN = "\u001B[H\u001B[2J";

/** Shows the status until interrupted: redraws on a terminal, elsewhere prints one line per change. */
export async function watchStatus(context: CommandContext): Promise<never> {
  const { terminal, settings } = context;
  const client = await context.connect();
  const redraw = terminal.isTerminal && (settings.format === "table" || settings.format === "wide");
  let before: ReadonlyMap<string, string> = new Map();
  for (let first = true; ; first = false) {
    const health = await healthOrReason(client, first);
    if (redraw) terminal.out(CLEAR_SCREEN + screen(context, client, health));
    const after = units(health);
    for (const [unit, state] of redraw ? [] : after) {
      const old = before.get(unit);
      if (old !== state) terminal.out(changeLine(context, unit, old, state));
    }
    before = after;
    await terminal.sleep(INTERVAL_MS, terminal.interrupted);
  }
}

/** The health, or why there is none. The first one must be there: a wrong address is an error, not a wait. */
async function healthOrReason(client: Client, first: boolean): Promise<Health | string> {
  try {
    return await client.health();
  } catch (error) {
    if (first || !(error instanceof UnreachableError)) throw error;
    return error.reason;
  }
}

function screen({ settings, terminal }: CommandContext, client: Client, health: Health | string): string {
  if (typeof health === "string") return `${client.address}  not reachable: ${printable(health)}\n`;
  const facts = { health, address: client.address, now: terminal.now(), paint: settings.paint };
  return `${statusLines({ ...facts, wide: settings.format === "wide" }).join("\n")}\n`;
}

/** Everything whose change is a line, with its state. */
function units(health: Health | string): ReadonlyMap<string, string> {
  if (typeof health === "string") return new Map([["ratd", `unreachable (${health})`]]);
  return new Map([
    ["ratd", overall(health).word.toLowerCase()],
    ...Object.entries(health.services),
    ...namedSlots(health).map(({ name, state }) => [name, state] as const),
  ]);
}

function changeLine(
  { settings, terminal }: CommandContext,
  unit: string,
  from: string | undefined,
  to: string,
): string {
  const at = new Date(terminal.now()).toISOString();
  if (settings.format === "json" || settings.format === "ndjson") {
    return jsonText({ at, unit, from: from ?? null, to }, false);
  }
  return `${printable(from === undefined ? `${at}  ${unit}  ${to}` : `${at}  ${unit}  ${from} → ${to}`)}\n`;
}
