import { renderFields, type Field } from "../../output/fields.ts";
import type { Column } from "../../output/table.ts";
import { recordView, type View } from "../../output/view.ts";
import type { SavedContext } from "../../session/contexts/saved-contexts.ts";

/** A context as it is shown: the kind of its credential, never the credential. */
export interface ShownContext {
  readonly name: string;
  readonly address: string;
  readonly current: boolean;
  readonly credential: "api_key" | "token" | "session" | null;
  readonly issuer: string | null;
  /** When the access token of a session ends; it is renewed when there is a refresh token. */
  readonly expires_at: string | null;
  readonly renewable: boolean;
}

/** What may be shown of a context. */
export function shownContext(
  name: string,
  { address, credential }: SavedContext,
  current: boolean,
): ShownContext {
  const session = credential?.kind === "session" ? credential : undefined;
  return {
    name,
    address,
    current,
    credential: credential?.kind ?? null,
    issuer: session?.issuer ?? null,
    expires_at: session?.expires_at ?? null,
    renewable: session?.refresh_token !== undefined,
  };
}

/** The columns of a list of contexts. */
export const CONTEXT_COLUMNS: readonly Column<ShownContext>[] = [
  { title: "", value: ({ current }) => (current ? "*" : " "), tone: () => "good" },
  { title: "CONTEXT", value: ({ name }) => name },
  { title: "ADDRESS", value: ({ address }) => address },
  { title: "CREDENTIAL", value: credentialText },
  { title: "ISSUER", value: ({ issuer }) => issuer, wide: true },
];

/** One context as a record. */
export function contextView(context: ShownContext): View {
  const fields: readonly Field[] = [
    { label: "Context", value: context.name, tone: "strong" },
    { label: "Address", value: context.address },
    { label: "In use", value: context.current ? "yes" : "no" },
    { label: "Credential", value: credentialText(context) },
    ...(context.issuer === null ? [] : [{ label: "Issuer", value: context.issuer }]),
    ...(context.expires_at === null
      ? []
      : [{ label: "Ends", value: `${context.expires_at}${context.renewable ? ", renewed by itself" : ""}` }]),
  ];
  return recordView({ ...context }, { name: context.name, text: (paint) => renderFields(fields, paint) });
}

function credentialText({ credential }: ShownContext): string | null {
  return credential === null ? null : WORDS[credential];
}

const WORDS = { api_key: "API key", token: "token", session: "session" } as const;
