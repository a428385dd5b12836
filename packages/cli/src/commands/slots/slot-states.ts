import type { SlotState } from "@rat/client";
import type { Tone } from "../../output/style.ts";

/** How a slot state looks and what it means. */
export interface SlotStateLook {
  /** Never alone: the word stands beside it. */
  readonly sign: string;
  readonly tone: Tone;
  readonly meaning: string;
  readonly remedy: string;
}

/** The slot states: the only words used for them, here and everywhere. */
export const SLOT_STATES: Readonly<Record<SlotState, SlotStateLook>> = {
  active: {
    sign: "●",
    tone: "good",
    meaning: "A plugin serves the slot and is healthy.",
    remedy: "Nothing to do.",
  },
  degraded: {
    sign: "◆",
    tone: "warning",
    meaning: "A plugin serves the slot and says it is degraded.",
    remedy: "`rat slots show <slot>` shows the plugin's message.",
  },
  fallback: {
    sign: "▲",
    tone: "bad",
    meaning: "The configured plugin is down and the built-in behaviour answers (on_down: noop).",
    remedy: "Bring the plugin back, or set `on_down: deny` for the slot in rat.yaml.",
  },
  denying: {
    sign: "✕",
    tone: "bad",
    meaning: "The configured plugin is down and calls are refused (on_down: deny).",
    remedy: "Bring the plugin back; `rat slots show <slot>` says why it is down.",
  },
  builtin: {
    sign: "○",
    tone: "quiet",
    meaning: "No plugin is configured; the built-in behaviour answers.",
    remedy: "Nothing to do; `plugins.<slot>` in rat.yaml configures a plugin.",
  },
  unknown: {
    sign: "◌",
    tone: "warning",
    meaning: "ratd is starting, or has no check result of the plugin yet.",
    remedy: "Wait for the first health check; `rat status --watch` shows it.",
  },
};
