/** Which addresses of a provider may be asked. */
export interface UrlRules {
  /** Whether hosts other than loopback may go without TLS. */
  readonly allowHttp: boolean;
}

/** What is wrong with an address of the provider, in words that follow its name; undefined when nothing is. */
export function urlProblem(text: string, { allowHttp }: UrlRules): string | undefined {
  if (!URL.canParse(text)) return "is not a URL";
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== "" || password !== "") return "must hold no user or password";
  if (hash !== "" || text.includes("#")) return "must hold no fragment";
  if (protocol === "https:") return undefined;
  if (protocol !== "http:") return "must be an https URL";
  if (allowHttp || isLoopback(hostname)) return undefined;
  return "must be an https URL (allow_http: true allows http, for a network that nobody else is on)";
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
