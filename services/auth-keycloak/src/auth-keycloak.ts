import { isDeepStrictEqual } from "node:util";
import { definePlugin, PluginError, type PluginDefinition } from "@rat/plugin-sdk";
import { authConfig } from "./config.ts";
import { resolveSettings } from "./settings.ts";
import { Station } from "./station.ts";
import { processTimer, type Timer } from "./timer.ts";
import { TokenRefusal } from "./token-refusal.ts";

/** How long a new configuration waits for the first look at its provider, milliseconds. */
const FIRST_LOOK_MS = 2000;

/** What a test decides about the plugin's surroundings. */
export interface AuthKeycloakDeps {
  readonly after: Timer;
}

/** The plugin: people sign in with Keycloak or another OpenID provider. */
export function authKeycloak(
  { after }: AuthKeycloakDeps = { after: processTimer },
): PluginDefinition<"auth", typeof authConfig> {
  let station: Station | undefined;
  const present = (): Station => {
    if (station === undefined) throw new PluginError("unavailable", "auth-keycloak has no configuration");
    return station;
  };
  return definePlugin("auth", {
    name: "auth-keycloak",
    version: "0.1.0",
    config: authConfig,

    async configured({ config, log, health, now }) {
      const settings = resolveSettings(config);
      const previous = station;
      const kept = isDeepStrictEqual(previous?.settings.provider, settings.provider);
      const provider = kept ? previous?.provider : undefined;
      if (!kept) previous?.provider[Symbol.dispose]();
      previous?.[Symbol.dispose]();
      const milliseconds = (): number => now().getTime();
      const deps = { settings, log, health, now: milliseconds, after };
      station = new Station(provider === undefined ? deps : { ...deps, provider });
      if (provider !== undefined) return;
      // A provider that is away must not hold up the start; the health says what is missing.
      const waited = Promise.withResolvers<void>();
      const cancel = after(FIRST_LOOK_MS, waited.resolve);
      await Promise.race([station.provider.refresh(), waited.promise]);
      cancel();
    },

    stop() {
      station?.provider[Symbol.dispose]();
      station?.[Symbol.dispose]();
    },

    async authenticate({ token }, { log, deny }) {
      try {
        return await present().identify(token);
      } catch (error) {
        if (!(error instanceof TokenRefusal)) throw error;
        log.debug({ reason: error.message }, "token refused");
        return deny(error.message);
      }
    },

    authorize: (input) => present().roles.decide(input),

    getLoginOptions: () => present().settings.login,
  });
}
