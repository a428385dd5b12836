import { parseDocument, stringify } from "yaml";
import type { Credential } from "./credential.ts";
import { isContextName, type SavedContext, type SavedContexts } from "./saved-contexts.ts";

const VERSION = 1;

/** The keys of each kind of credential; true for those that must be there. */
const CREDENTIAL_KEYS: Readonly<Record<Credential["kind"], Readonly<Record<string, boolean>>>> = {
  api_key: { kind: true, api_key: true },
  token: { kind: true, token: true },
  session: {
    kind: true,
    issuer: true,
    client_id: true,
    resource: false,
    access_token: true,
    refresh_token: false,
    expires_at: false,
    renew_at: false,
  },
};

/** The file of contexts as text. */
export function formatContexts({ current, contexts }: SavedContexts): string {
  const items = [...contexts].map(([name, { address, credential }]) => [
    name,
    { address, ...(credential === undefined ? {} : { credential }) },
  ]);
  const document = {
    version: VERSION,
    ...(current === undefined ? {} : { current }),
    contexts: Object.fromEntries(items),
  };
  return `# Contexts of rat, with secrets. \`rat context\` and \`rat login\` change them.\n${stringify(document, { lineWidth: 0 })}`;
}

/** Reads the file of contexts, strictly. Throws a TypeError that says where it is wrong and quotes nothing of it. */
export function parseContexts(text: string): SavedContexts {
  // The messages of the parser quote the line they are about, and lines hold secrets.
  const document = parseDocument(text, { prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const [start] = error.linePos ?? [];
    throw new TypeError(
      `is no YAML${start === undefined ? "" : ` at line ${start.line}, column ${start.col}`}`,
    );
  }
  const root = object(document.toJS(), "the file", { version: true, current: false, contexts: true });
  if (root["version"] !== VERSION) throw new TypeError(`version must be ${VERSION}`);
  const contexts = new Map<string, SavedContext>();
  for (const [name, value] of Object.entries(object(root["contexts"], "contexts"))) {
    if (!isContextName(name)) throw new TypeError("contexts has a name that is none");
    contexts.set(name, parseContext(value, `contexts.${name}`));
  }
  const current = root["current"] === undefined ? undefined : string(root["current"], "current");
  if (current !== undefined && !contexts.has(current)) {
    throw new TypeError("current names a context that is not there");
  }
  return { current, contexts };
}

function parseContext(value: unknown, at: string): SavedContext {
  const { address, credential } = object(value, at, { address: true, credential: false });
  return {
    address: string(address, `${at}.address`),
    credential: credential === undefined ? undefined : parseCredential(credential, `${at}.credential`),
  };
}

function parseCredential(value: unknown, at: string): Credential {
  const { kind } = object(value, at);
  if (kind !== "api_key" && kind !== "token" && kind !== "session") {
    throw new TypeError(`${at}.kind must be one of ${Object.keys(CREDENTIAL_KEYS).join(", ")}`);
  }
  const fields = Object.entries(object(value, at, CREDENTIAL_KEYS[kind])).map(([key, field]) => [
    key,
    string(field, `${at}.${key}`),
  ]);
  return Object.fromEntries(fields) as Credential;
}

/** `value` as a map, with these keys when they are given. */
function object(
  value: unknown,
  at: string,
  keys?: Readonly<Record<string, boolean>>,
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${at} must be a map`);
  }
  if (keys !== undefined) {
    if (Object.keys(value).some((key) => !Object.hasOwn(keys, key))) {
      throw new TypeError(`${at} has a key that is not known; known are ${Object.keys(keys).join(", ")}`);
    }
    const missing = Object.keys(keys).find((key) => keys[key] === true && !Object.hasOwn(value, key));
    if (missing !== undefined) throw new TypeError(`${at} lacks ${missing}`);
  }
  return value as Readonly<Record<string, unknown>>;
}

function string(value: unknown, at: string): string {
  if (typeof value === "string" && /^[\u0021-\u007E]+$/u.test(value)) return value;
  throw new TypeError(`${at} must be text without blanks`);
}
