import { SCOPES } from "@rat/client";
import type { SignIn } from "./sign-in.ts";

/** What somebody may do whom ratd refuses with 401 or 403. */
export function signInSteps(
  { code, status, detail }: { readonly code: string; readonly status: number; readonly detail: string },
  { source, context, problem }: SignIn,
): readonly string[] {
  const login = context === undefined ? "rat login" : `rat login --context ${context}`;
  if (source === undefined) {
    return [`Sign in: ${login}. Or with an API key: ${login} --api-key FILE, or RAT_API_KEY.`];
  }
  if (problem !== undefined)
    return [`The session could not be renewed: ${problem}.`, `Sign in anew: ${login}`];
  if (status === 401) {
    return source.startsWith("context ")
      ? [`What is saved in ${source} is refused. Sign in anew: ${login}`]
      : [`What ${source} holds is refused. Replace it, or leave it away and sign in: ${login}`];
  }
  return code === "scope_missing" ? scopeSteps(detail) : [];
}

function scopeSteps(detail: string): readonly string[] {
  const scope = Object.keys(SCOPES).find((name) => new RegExp(`\\b${name}(?![\\w:])`, "u").test(detail));
  return [
    ...(scope === undefined
      ? []
      : [`Somebody who holds it makes you a key: rat access keys create --name NAME --scope ${scope}`]),
    "What you hold: rat whoami. What each scope is for: rat access scopes",
  ];
}
