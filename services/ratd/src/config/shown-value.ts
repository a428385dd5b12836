/** What stands for a value that is not shown. */
export const HIDDEN = "(hidden)";

/** Keys whose values are secrets, or hold some. */
const SECRET_KEY = /^(database_url|plugins\.[^.]+\.config)(\.|$)/;

/**
 * A value of rat.yaml for people, in JSON. Give it the value as it is written: what a reference stands for is shown
 * nowhere. Of a URL scheme and host are shown, since the rest may let somebody in.
 */
export function shownValue(key: string, written: unknown): string {
  if (written === undefined || SECRET_KEY.test(key)) return HIDDEN;
  return JSON.stringify(written, (_, value: unknown) =>
    typeof value === "string" ? withoutSecrets(value) : value,
  );
}

function withoutSecrets(text: string): string {
  if (!text.includes("://")) return text;
  if (!URL.canParse(text)) return HIDDEN;
  const { protocol, username, password, host, pathname, search, hash } = new URL(text);
  const user = username + password === "" ? "" : "***@";
  const rest = /^\/?$/.test(pathname + search + hash) ? "" : "/***";
  return user + rest === "" ? text : `${protocol}//${user}${host}${rest}`;
}
