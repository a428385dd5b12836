import type { Health } from "@rat/client";
import { formatSpan } from "../../output/age.ts";
import { printable } from "../../output/printable.ts";
import { noPaint, type Paint } from "../../output/style.ts";
import { renderTable, width, type Column } from "../../output/table.ts";
import { namedSlots, remark, slotColumns, type NamedSlot } from "../slots/slots-view.ts";
import { overall } from "./overall.ts";

/** What the summary tells of. */
export interface StatusFacts {
  readonly health: Health;
  readonly address: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly paint: Paint;
  /** Also who serves each slot and how many requests its built-in answered meanwhile. */
  readonly wide: boolean;
}

const WIDE_COLUMNS: readonly Column<NamedSlot>[] = [
  { title: "SERVED BY", value: (slot) => slot.served_by },
  { title: "FALLBACK REQUESTS", value: (slot) => String(slot.fallback_requests) },
];

/** The one-screen summary: head, slots, reasons of what is down, services, next steps. */
export function statusLines({ health, address, now, paint, wide }: StatusFacts): readonly string[] {
  const slots = namedSlots(health);
  const columns = [
    ...slotColumns(now),
    ...(wide ? WIDE_COLUMNS : []),
    { title: "", value: remark, tone: () => "quiet" as const },
  ];
  const { word, sign, tone } = overall(health);
  const head = printable(
    `${address}  ratd ${health.version}  up ${formatSpan(health.uptime_seconds)}  edition ${health.edition}`,
  );
  const state = `${sign} ${word}`;
  const size = Math.max(...renderTable(columns, slots, noPaint).map(width));
  const gap = " ".repeat(Math.max(2, size - width(head) - width(state)));
  const services = Object.entries(health.services);
  return [
    `${paint(head, "strong")}${gap}${paint(state, tone)}`,
    ...renderTable(columns, slots, paint),
    ...slots.flatMap((slot) =>
      slot.state === "fallback" || slot.state === "denying"
        ? [paint(printable(`${slot.name} is ${slot.state}: ${slot.reason}`), "bad")]
        : [],
    ),
    ...(services.length === 0
      ? []
      : [printable(`Services: ${services.map(([name, state]) => `${name} ${state}`).join(", ")}`)]),
    ...health.problems.map((problem) => paint(printable(problem), "bad")),
    `Next: ${nextCommands(health).join("  ·  ")}`,
  ];
}

/** The commands that fit the situation, the most useful first. */
export function nextCommands(health: Health): readonly string[] {
  const troubled = namedSlots(health).filter(({ state }) => state !== "active" && state !== "builtin");
  const worst = troubled.find(({ state }) => state === "denying" || state === "fallback") ?? troubled.at(0);
  if (worst !== undefined)
    return [`rat slots show ${worst.name}`, `rat explain ${worst.state}`, "rat doctor"];
  return health.status === "ok" ? ["rat slots list", "rat events -f"] : ["rat doctor"];
}
