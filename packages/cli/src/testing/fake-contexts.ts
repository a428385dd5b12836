import { formatContexts } from "../session/contexts/context-file.ts";
import type { SavedContexts } from "../session/contexts/saved-contexts.ts";
import { FakeTerminal } from "./fake-terminal.ts";
import { KEY_TEXT } from "./sample-access.ts";

/** Where the contexts of the user of a fake terminal lie. */
export const CONTEXTS_FILE = "/home/u/.config/rat/contexts.yaml";

/** A user who has two contexts, each with a token. */
export function withContexts(addresses: { readonly one: string; readonly two: string }): FakeTerminal {
  const terminal = new FakeTerminal();
  const saved: SavedContexts = {
    current: "one",
    contexts: new Map([
      ["one", { address: addresses.one, credential: { kind: "token", token: "token-one" } }],
      ["two", { address: addresses.two, credential: { kind: "api_key", api_key: KEY_TEXT } }],
    ]),
  };
  terminal.privateFiles.files.set(CONTEXTS_FILE, formatContexts(saved));
  return terminal;
}
