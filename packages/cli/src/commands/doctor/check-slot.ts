import type { Health } from "@rat/client";
import { formatAge } from "../../output/age.ts";
import { failed, passed, warned, type Finding } from "../../output/checks/finding.ts";
import type { NamedSlot } from "../slots/slots-view.ts";

/** Slots that guard: without their plugin everybody may do everything. */
const GUARDS: ReadonlySet<string> = new Set(["auth", "enforcement"]);
/** Slots for which production should refuse rather than fall back. */
const DENY_RECOMMENDED: ReadonlySet<string> = new Set(["auth", "enforcement", "sharing", "cloud"]);

/** The checks of one slot: does it work, and is what happens without its plugin safe. */
export function checkSlot(slot: NamedSlot, exposure: Health["exposure"], now: number): readonly Finding[] {
  return [checkState(slot, exposure, now), ...checkPolicy(slot, exposure)];
}

function checkState(slot: NamedSlot, exposure: Health["exposure"], now: number): Finding {
  const { name, state, plugin } = slot;
  const since = formatAge(slot.since, now);
  const detail = `${name} is ${state === "fallback" ? "in fallback" : state}${since === null ? "" : ` for ${since}`}: ${slot.reason}`;
  const show = [`rat slots show ${name}`, ...(plugin === null ? [] : [`rat plugin show ${plugin}`])];
  switch (state) {
    case "active":
      return passed(
        "slots",
        name,
        `${name} is served by ${plugin ?? "a plugin"} ${slot.version ?? ""}`.trimEnd(),
      );
    case "builtin":
      if (name === "auth" && exposure === "network") {
        return warned(
          "slots",
          name,
          "auth has no plugin and ratd listens beyond loopback: every caller is let in",
          ["configure an auth plugin in rat.yaml, or listen on 127.0.0.1"],
        );
      }
      return passed("slots", name, `${name} is not configured; its built-in answers`);
    case "degraded":
      return warned("slots", name, detail, show);
    case "unknown":
      return failed("slots", name, detail, ["wait for the first health check: rat status --watch", ...show]);
    case "fallback":
    case "denying":
      return failed("slots", name, detail, [`bring ${plugin ?? "the plugin"} back`, ...show]);
  }
}

function checkPolicy({ name, plugin, on_down }: NamedSlot, exposure: Health["exposure"]): readonly Finding[] {
  if (plugin === null || on_down !== "noop") return [];
  const steps = [`set \`on_down: deny\` under \`plugins.${name}\` in rat.yaml`];
  if (GUARDS.has(name) && exposure === "network") {
    const message = `${name} has on_down noop and ratd listens beyond loopback: without its plugin everybody is let in`;
    return [failed("slots", `${name} on_down`, message, steps)];
  }
  if (!DENY_RECOMMENDED.has(name)) return [];
  return [
    warned("slots", `${name} on_down`, `${name} has on_down noop; recommended in production: deny`, steps),
  ];
}
