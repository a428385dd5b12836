import type { Me } from "@rat/client";
import { renderFields } from "../../output/fields.ts";
import type { Tone } from "../../output/style.ts";
import { recordView, type View } from "../../output/view.ts";

/** What the modes of signing in mean. */
const MODES: Readonly<Record<Me["auth_mode"], { readonly text: string; readonly tone: Tone }>> = {
  plugin: { text: "signed in", tone: "good" },
  api_key: { text: "API key", tone: "good" },
  builtin: { text: "nobody signs in here: there is no auth plugin", tone: "warning" },
  "noop-fallback": { text: "the auth plugin is down: everybody is let in as anonymous", tone: "bad" },
  denying: { text: "the auth plugin is down: nobody is let in", tone: "bad" },
};

/** Who somebody is at a ratd, and by which way of asking. */
export function callerView(
  me: Me,
  way: {
    readonly address: string;
    readonly context: string | undefined;
    readonly source: string | undefined;
  },
): View {
  const mode = MODES[me.auth_mode];
  const fields = [
    { label: "User", value: me.user_id, tone: "strong" as const },
    { label: "E-mail", value: me.email || null },
    { label: "Roles", value: me.roles.join(", ") || null },
    { label: "Scopes", value: me.scopes.join(" ") || null },
    { label: "Mode", value: `${me.auth_mode}: ${mode.text}`, tone: mode.tone },
    ...(me.key_id === null ? [] : [{ label: "Key", value: me.key_id }]),
    { label: "Known by", value: way.source ?? null },
    { label: "Context", value: way.context ?? null },
    { label: "Address", value: way.address },
  ];
  const document = {
    ...me,
    address: way.address,
    context: way.context ?? null,
    known_by: way.source ?? null,
  };
  return recordView(document, { name: me.user_id, text: (paint) => renderFields(fields, paint) });
}
