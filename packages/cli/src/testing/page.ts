import { startFakeRatd } from "./fake-ratd.ts";
import { rat } from "./fake-terminal.ts";
import { troubledState } from "./sample-state.ts";

/** An address where nothing listens. */
export const NOWHERE = "http://127.0.0.1:1";

/** `text` as it stands in a snapshot: the port of a fake ratd is another one at each run. */
export function golden(text: string, address: string): string {
  return `\n${text.replaceAll(address, "http://ratd:8080")}`;
}

/** What one command line against a ratd in trouble prints: stdout, then stderr. */
export async function page(...words: readonly string[]): Promise<string> {
  await using ratd = await startFakeRatd(troubledState());
  const { stdout, stderr } = await rat(words, ratd.address);
  return golden(stdout + stderr, ratd.address);
}
