import type { HealthReading } from "@rat/plugin-sdk";

/** What is known of the provider at one moment. */
export interface ProviderState {
  /** Where it is reached. */
  readonly address: string;
  /** The setting that names the provider. */
  readonly setting: string;
  /** The keys in force; undefined when there are none. */
  readonly keys: { readonly published: number; readonly usable: number; readonly ageMs: number } | undefined;
  /** How long keys serve after they were fetched, milliseconds. */
  readonly validMs: number;
  /** Why the last look at the provider failed; undefined when it did not. */
  readonly failure: string | undefined;
  /** Why introspection failed last; undefined when it did not. */
  readonly introspection: string | undefined;
}

/** The plugin's health by what is known of the provider. */
export function providerHealth(state: ProviderState): HealthReading {
  const { address, setting, keys, validMs, failure, introspection } = state;
  const problem = failure === undefined ? undefined : `cannot reach ${address}: ${failure}; check ${setting}`;
  if (keys === undefined) return { status: "down", message: problem ?? `waiting for the keys of ${address}` };
  if (keys.usable === 0) {
    const message =
      `${address} publishes no key that config.algorithms lets us use (${keys.published} in all), ` +
      `so every signed token is refused; check algorithms, and the keys of the provider`;
    return { status: "down", message };
  }
  if (problem !== undefined) {
    const age = `fetched ${minutes(keys.ageMs)} ago`;
    const left = `stay in force for ${minutes(validMs - keys.ageMs)} more`;
    return { status: "degraded", message: `${problem}. Its keys, ${age}, ${left}` };
  }
  if (introspection !== undefined) {
    return {
      status: "degraded",
      message: `${address} does not answer about opaque tokens: ${introspection}`,
    };
  }
  return { status: "healthy", message: "" };
}

function minutes(ms: number): string {
  return ms < 60_000 ? `${Math.max(0, Math.round(ms / 1000))} s` : `${Math.round(ms / 60_000)} min`;
}
