import { testPlugin, type TestedPlugin } from "@rat/plugin-sdk";
import { onTestFinished } from "vitest";
import { authKeycloak } from "../../services/auth-keycloak/src/auth-keycloak.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { makeSigningKey, SigningProvider, type SigningKey } from "./signing-provider.ts";

/** The client that the plugin of the lab is at its provider. */
export const CLIENT = "rat";

/** The plugin in this process with a provider on loopback, under one clock that stands still. */
export interface AuthLab {
  readonly provider: SigningProvider;
  readonly key: SigningKey;
  readonly clock: ManualClock;
  readonly plugin: TestedPlugin<"auth">;
  /** All that the plugin has logged. */
  log(): string;
  /** Now, in seconds. */
  now(): number;
  /** What an access token of Keycloak for alice says. */
  claims(more?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  /** A token of alice with these claims instead. */
  token(more?: Readonly<Record<string, unknown>>, header?: object): Promise<string>;
  /** The identity behind a token. */
  identify(token: string): Promise<{ readonly userId: string; readonly roles: readonly string[] }>;
}

/** Opens a lab; it ends with the test. */
export async function openAuthLab(
  options: {
    readonly config?: Readonly<Record<string, unknown>>;
    readonly keys?: readonly SigningKey[];
    readonly path?: string;
  } = {},
): Promise<AuthLab> {
  const keys = options.keys ?? [await makeSigningKey("key-1")];
  const [key] = keys;
  if (key === undefined) throw new Error("a lab needs a key");
  const provider = await SigningProvider.start(keys, { path: options.path ?? "" });
  onTestFinished(() => provider[Symbol.asyncDispose]());
  const clock = createManualClock();
  const lines: string[] = [];
  const plugin = await testPlugin(authKeycloak({ after: clock.after }), {
    config: { issuer: provider.issuer, client_id: CLIENT, ...options.config },
    now: () => new Date(clock.now()),
    log: { write: (line) => lines.push(line) },
  });
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  const now = (): number => clock.now() / 1000;
  const claims: AuthLab["claims"] = (more = {}) => ({
    iss: provider.issuer,
    aud: [CLIENT, "account"],
    azp: CLIENT,
    typ: "Bearer",
    sub: "alice",
    email: "alice@example.com",
    email_verified: true,
    iat: now(),
    exp: now() + 300,
    realm_access: { roles: ["admin"] },
    ...more,
  });
  return {
    provider,
    key,
    clock,
    plugin,
    log: () => lines.join(""),
    now,
    claims,
    token: (more, header) => provider.sign(claims(more), key, header),
    identify: (token) => plugin.client.authenticate({ token }),
  };
}
