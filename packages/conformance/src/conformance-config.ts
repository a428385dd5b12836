/** What a run knows of the plugin beyond its contract. Cases that need a missing part are skipped. */
export interface ConformanceConfig {
  /** A configuration to send before the other cases. */
  readonly configure?: Readonly<Record<string, unknown>>;
  /** auth: a token that the plugin accepts, and the user behind it. */
  readonly token?: string;
  readonly user_id?: string;
  /** enforcement: decisions that the plugin must take. */
  readonly decisions?: readonly ExpectedDecision[];
  /** cloud: what the plugin vends credentials for. */
  readonly provider?: string;
  readonly resource?: string;
  /** executor: a spec that ends well at once, printing `expected_output`, and one that runs a minute or longer. */
  readonly short_spec?: Readonly<Record<string, unknown>>;
  readonly long_spec?: Readonly<Record<string, unknown>>;
  readonly expected_output?: string;
}

/** One decision that an enforcement plugin must take. */
export interface ExpectedDecision {
  readonly user_id: string;
  readonly roles?: readonly string[];
  readonly resource_type: string;
  readonly resource_id?: string;
  readonly action: string;
  /** Who owns the thing, and what it lies in, nearest first. */
  readonly owner_id?: string;
  readonly ancestors?: readonly ExpectedAncestor[];
  readonly allowed: boolean;
}

/** What the thing of a decision lies in. */
export interface ExpectedAncestor {
  readonly resource_type: string;
  readonly resource_id: string;
  readonly owner_id?: string;
}

type Kind = "text" | "object" | "list";

const KEYS: Readonly<Record<keyof ConformanceConfig, Kind>> = {
  configure: "object",
  token: "text",
  user_id: "text",
  decisions: "list",
  provider: "text",
  resource: "text",
  short_spec: "object",
  long_spec: "object",
  expected_output: "text",
};

const MATCHES: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === "string",
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  list: (value) => Array.isArray(value),
};

/** Reads a configuration from JSON text. @throws Error that names the faulty key. */
export function parseConformanceConfig(text: string): ConformanceConfig {
  const value: unknown = JSON.parse(text);
  if (!MATCHES.object(value)) throw new Error("the configuration must be a JSON object");
  for (const [key, part] of Object.entries(value as object)) {
    const kind = Object.entries(KEYS).find(([known]) => known === key)?.[1];
    if (kind === undefined) throw new Error(`unknown key ${key}; known: ${Object.keys(KEYS).join(", ")}`);
    if (!MATCHES[kind](part)) throw new Error(`${key} must be: ${kind}`);
  }
  return value as ConformanceConfig;
}
