import { askingProber } from "./asking-prober.ts";
import type { Prober } from "./prober.ts";

/** Asks by GET: any 2xx is healthy. Redirects are not followed. */
export function httpProber(url: URL, timeoutMs: number): Prober {
  return askingProber(async (signal) => {
    const response = await fetch(url, { redirect: "manual", signal });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`answered ${response.status}`);
  }, timeoutMs);
}
