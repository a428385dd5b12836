/** The base URL of ratd without a trailing slash. Accepts `host:port` too. Throws a TypeError for anything else. */
export function normaliseAddress(address: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//iu.test(address) ? address : `http://${address}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.hostname === "") {
    throw new TypeError(`"${address}" is not an address of ratd; write it as http://host:port`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/u, "");
}
