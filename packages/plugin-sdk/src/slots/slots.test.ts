import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Slot, SlotBinding } from "./slot-binding.ts";
import { SLOTS } from "./slots.ts";

type Row = Omit<SlotBinding<Slot>, "implement">;

const rows = Object.entries<Row>(SLOTS);

test.each(rows)(
  "every RPC of slot %s is either required or optional",
  (_slot, { service, required, optional }) => {
    const rpcs = service.methods.map(({ localName }) => localName);
    expect([...required, ...Object.keys(optional)].toSorted()).toEqual(rpcs.toSorted());
  },
);

test.each(rows)(
  "the contract page tells slot %s as it is",
  (slot, { service, required, optional, defaultPort }) => {
    const page = readFileSync(
      new URL("../../../../docs/reference/plugin-contract.md", import.meta.url),
      "utf8",
    );
    const row = page.split("\n").find((line) => line.startsWith(`| ${slot} `)) ?? "";
    const cells = row.split("|").map((cell) => cell.trim());
    const words = (handlers: readonly string[]): string =>
      handlers.map((handler) => handler.charAt(0).toUpperCase() + handler.slice(1)).join(", ");
    const served = `\`${service.typeName}\``;
    const wanted = [slot, served, words(required), words(Object.keys(optional)), String(defaultPort)];
    expect(cells.slice(1, -1)).toEqual(wanted);
  },
);
