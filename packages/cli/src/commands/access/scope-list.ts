import { SCOPES } from "@rat/client";

/** One scope with its meaning. */
export interface ScopeMeaning {
  readonly scope: string;
  /** `data`: everybody who is signed in holds it. `operator`: by a key, or by role_permissions of rat.yaml. */
  readonly kind: "data" | "operator";
  /** One sentence. */
  readonly meaning: string;
}

/** Every scope of ratd. */
export const SCOPE_LIST: readonly ScopeMeaning[] = Object.entries(SCOPES).map(
  ([scope, { kind, meaning }]) => ({
    scope,
    kind,
    meaning,
  }),
);
