/** Whether two texts are the address of one ratd. */
export function sameAddress(one: string, other: string): boolean {
  return plain(one) === plain(other);
}

function plain(address: string): string {
  const text = /^[a-z][a-z0-9+.-]*:\/\//iu.test(address) ? address : `http://${address}`;
  return URL.canParse(text) ? new URL(text).href.replace(/\/+$/u, "") : address;
}
