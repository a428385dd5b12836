/** What everybody may try whom the auth slot lets pass; the enforcement slot decides about the object. */
export const DATA_SCOPES = [
  "self",
  "namespaces:read",
  "namespaces:write",
  "pipelines:read",
  "pipelines:write",
  "runs:read",
  "runs:execute",
  "sharing:read",
  "sharing:write",
  "credentials:use",
  "events:read",
  "slots:read",
  "keys:own",
  "leases:own",
] as const;

/** What only operators may: by an API key, or by a role that `role_permissions` of rat.yaml maps. */
export const OPERATOR_SCOPES = [
  "plugins:read",
  "plugins:write",
  "plugins:execute",
  "plugins:install",
  "plugins:admin",
  "config:reload",
  "keys:manage",
  "access:read",
  "leases:manage",
  "audit:read",
] as const;

/** One thing that a route may demand. */
export type Scope = (typeof DATA_SCOPES)[number] | (typeof OPERATOR_SCOPES)[number];
/** What a principal holds; `*` is everything, and belongs to the bootstrap key. */
export type HeldScope = Scope | "*";
/** The scopes of a principal. */
export type ScopeSet = ReadonlySet<HeldScope>;

/** Every scope, in the order in which they are shown. */
export const SCOPES: readonly Scope[] = [...DATA_SCOPES, ...OPERATOR_SCOPES];

/** What each scope lets its holder do, one sentence; `rat access scopes` shows it. */
export const SCOPE_MEANINGS = {
  self: "Ask who you are and what you may do.",
  "namespaces:read": "List and show namespaces, list and download their files.",
  "namespaces:write": "Make, change and delete namespaces, upload and delete their files.",
  "pipelines:read": "List and show pipelines, their versions and triggers.",
  "pipelines:write": "Make, change, publish and delete pipelines and triggers.",
  "runs:read": "List and show runs, read their output and results.",
  "runs:execute": "Start, retry and cancel runs.",
  "sharing:read": "List the grants on a thing, and those that reach you.",
  "sharing:write": "Share, take back and hand over what you may share.",
  "credentials:use": "Get temporary cloud credentials, and end them.",
  "events:read": "Follow the event stream.",
  "slots:read": "List and show the slots.",
  "keys:own": "Make, list, rotate and revoke your own API keys.",
  "leases:own": "See and end the credentials given out to you.",
  "plugins:read": "List and show plugins.",
  "plugins:write": "Change the configuration of plugins.",
  "plugins:execute": "Have plugins do something beside the work of their slot.",
  "plugins:install": "Install and remove plugins.",
  "plugins:admin": "Read, change, install and remove plugins.",
  "config:reload": "Compare rat.yaml with what is in force, and reload it.",
  "keys:manage": "Make, list, rotate and revoke everybody's API keys.",
  "access:read": "Ask why somebody may do something, and see the grants of others.",
  "leases:manage": "See and end the credentials of everybody.",
  "audit:read": "Read and verify the audit log.",
} as const satisfies Record<Scope, string>;

/** Scopes by the names that other systems give them. */
const ALIASES: Readonly<Record<string, Scope>> = {
  "admin:plugins:read": "plugins:read",
  "admin:plugins:write": "plugins:write",
};

/** Which scopes include a scope, besides itself and `*`. */
const INCLUDED_IN: Partial<Record<Scope, Scope>> = {
  "plugins:read": "plugins:admin",
  "plugins:write": "plugins:admin",
  "plugins:install": "plugins:admin",
  "keys:own": "keys:manage",
  "leases:own": "leases:manage",
};

const OPERATOR = new Set<Scope>(OPERATOR_SCOPES);

/** Whether a scope is one of operators. */
export function isOperatorScope(scope: Scope): boolean {
  return OPERATOR.has(scope);
}

/** Whether what is held includes `needed`. Nothing is allowed that is not named. */
export function holds(held: ScopeSet, needed: HeldScope): boolean {
  if (held.has(needed) || held.has("*")) return true;
  const wider = needed === "*" ? undefined : INCLUDED_IN[needed];
  return wider !== undefined && held.has(wider);
}

/** The scope of this name or alias; undefined for anything else. */
export function parseScope(text: string): HeldScope | undefined {
  if (text === "*") return text;
  if (Object.hasOwn(ALIASES, text)) return ALIASES[text];
  return SCOPES.find((scope) => scope === text);
}
