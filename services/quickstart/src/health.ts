/** What the quickstart reads of /health. */
export interface Health {
  readonly services: Readonly<Record<string, string>>;
  readonly slots: Readonly<
    Record<
      string,
      {
        readonly state: string;
        readonly plugin: string | null;
        readonly version: string | null;
        readonly reason: string;
      }
    >
  >;
}

const POLL_MS = 100;

/** Asks /health until every slot that has a plugin is active and the runner, if there is one, is healthy, or `signal` aborts. Resolves to the last answer. */
export async function waitForHealth(url: string, signal: AbortSignal): Promise<Health | undefined> {
  let last: Health | undefined;
  while (!signal.aborted) {
    last = (await readHealth(url, signal)) ?? last;
    const settled =
      last !== undefined &&
      Object.values(last.slots).every(({ state }) => state === "active" || state === "builtin") &&
      last.services["postgres"] === "healthy" &&
      (last.services["runner"] ?? "healthy") === "healthy";
    if (settled) return last;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return last;
}

async function readHealth(url: string, signal: AbortSignal): Promise<Health | undefined> {
  try {
    const response = await fetch(new URL("/health", url), { signal });
    return (await response.json()) as Health;
  } catch {
    return undefined;
  }
}
