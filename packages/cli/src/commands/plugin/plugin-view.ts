import type { Plugin, PluginDetail } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { renderFields } from "../../output/fields.ts";
import { printable } from "../../output/printable.ts";
import type { Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";

/** The columns of a list of plugins. `now` is milliseconds since 1970. */
export function pluginColumns(now: number): readonly Column<Plugin>[] {
  return [
    { title: "NAME", value: (plugin) => plugin.name },
    { title: "SLOT", value: (plugin) => plugin.slot },
    { title: "VERSION", value: (plugin) => plugin.version },
    { title: "STATE", value: (plugin) => plugin.state },
    { title: "HEALTH", value: (plugin) => plugin.health },
    { title: "SINCE", value: (plugin) => formatAge(plugin.health_since, now) },
    { title: "MESSAGE", value: (plugin) => plugin.message },
    { title: "ID", value: (plugin) => plugin.id, wide: true },
    { title: "ADDRESS", value: (plugin) => plugin.address, wide: true },
    { title: "IMAGE", value: (plugin) => plugin.image, wide: true },
    { title: "WIRE", value: (plugin) => plugin.wire, wide: true },
    { title: "SIGNATURE", value: (plugin) => plugin.signature_status, wide: true },
  ];
}

/** One plugin with its health history. `now` is milliseconds since 1970. */
export function pluginView(plugin: PluginDetail, now: number): View {
  const age = formatAge(plugin.health_since, now);
  return recordView(plugin, {
    name: plugin.name,
    text: (paint) => [
      ...renderFields(
        [
          { label: "Plugin", value: plugin.name, tone: "strong" },
          { label: "Id", value: plugin.id },
          { label: "Slot", value: plugin.slot },
          { label: "Version", value: plugin.version },
          { label: "State", value: plugin.state },
          { label: "Health", value: age === null ? plugin.health : `${plugin.health} for ${age}` },
          { label: "Message", value: plugin.message },
          { label: "Image", value: plugin.image },
          { label: "Address", value: plugin.address },
          { label: "Wire", value: plugin.wire },
          { label: "Contracts", value: plugin.contracts.join(", ") || null },
          { label: "Capabilities", value: plugin.capabilities.join(", ") || null },
          { label: "Signature", value: plugin.signature_status },
        ],
        paint,
      ),
      ...(plugin.health_history.length === 0 ? [] : ["", paint("Health history", "strong")]),
      ...plugin.health_history.map(({ at, from, to, message }) =>
        printable(`${at}  ${from} → ${to}  ${message ?? ""}`).trimEnd(),
      ),
    ],
  });
}
