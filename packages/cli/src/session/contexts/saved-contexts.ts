import type { Credential } from "./credential.ts";

/** One ratd, and what the user is known by there. */
export interface SavedContext {
  readonly address: string;
  readonly credential: Credential | undefined;
}

/** All contexts by name, and the one in use. */
export interface SavedContexts {
  readonly current: string | undefined;
  readonly contexts: ReadonlyMap<string, SavedContext>;
}

/** What a user has who has no file. */
export const NO_CONTEXTS: SavedContexts = { current: undefined, contexts: new Map() };

/** Whether `text` can name a context. */
export function isContextName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/u.test(text);
}

/** With a context added or replaced. */
export function withContext(saved: SavedContexts, name: string, context: SavedContext): SavedContexts {
  return { ...saved, contexts: new Map([...saved.contexts, [name, context]]) };
}
