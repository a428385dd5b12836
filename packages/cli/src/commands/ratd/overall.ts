import type { Health } from "@rat/client";
import type { Tone } from "../../output/style.ts";
import { namedSlots } from "../slots/slots-view.ts";

/** The state of ratd as a whole in one word. */
export interface Overall {
  readonly word: "OK" | "STARTING" | "DEGRADED";
  readonly sign: string;
  readonly tone: Tone;
}

/** The worst that /health tells decides. */
export function overall(health: Health): Overall {
  const states = new Set(namedSlots(health).map((slot) => slot.state));
  if (health.status !== "ok" || states.has("denying")) return { word: "DEGRADED", sign: "✕", tone: "bad" };
  if (states.has("fallback")) return { word: "DEGRADED", sign: "▲", tone: "bad" };
  if (states.has("degraded")) return { word: "DEGRADED", sign: "◆", tone: "warning" };
  if (states.has("unknown")) return { word: "STARTING", sign: "◌", tone: "warning" };
  return { word: "OK", sign: "●", tone: "good" };
}
