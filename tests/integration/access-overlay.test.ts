import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

const read = (path: string): unknown =>
  parse(readFileSync(new URL(`../../infra/${path}`, import.meta.url), "utf8"));

interface RealmClient {
  readonly clientId: string;
  readonly publicClient: boolean;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly protocolMappers?: readonly { readonly config: Readonly<Record<string, string>> }[];
}

interface Realm {
  readonly realm: string;
  readonly clients: readonly RealmClient[];
  readonly roles: { readonly realm: readonly { readonly name: string }[] };
}

interface AccessYaml {
  readonly role_permissions: Readonly<Record<string, unknown>>;
  readonly plugins: {
    readonly auth: {
      readonly config: {
        readonly realm: string;
        readonly client_id: string;
        readonly login_client_id: string;
      };
    };
  };
}

interface Overlay {
  readonly services: { readonly ratd: { readonly environment: { readonly RAT_ISSUER: string } } };
}

test("the realm has what the auth plugin of the overlay is configured with", () => {
  const realm = read("keycloak/rat-realm.json") as Realm;
  const { plugins, role_permissions: roles } = read("rat.access.yaml") as AccessYaml;
  const { services } = read("docker-compose.access.yml") as Overlay;
  const { config } = plugins.auth;
  expect(realm.realm).toBe(config.realm);
  expect(services.ratd.environment.RAT_ISSUER).toMatch(new RegExp(`/realms/${realm.realm}$`));
  const client = (id: string) => realm.clients.find(({ clientId }) => clientId === id);
  expect(client(config.client_id)).toBeDefined();
  // `rat login`: no secret, by the device flow, with tokens that are for RAT.
  const login = client(config.login_client_id);
  expect(login?.publicClient).toBe(true);
  expect(login?.attributes?.["oauth2.device.authorization.grant.enabled"]).toBe("true");
  expect(login?.protocolMappers?.map((mapper) => mapper.config["included.client.audience"])).toEqual([
    config.client_id,
  ]);
  const names = realm.roles.realm.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(roles)));
  // Keycloak makes its own client scopes, with those for roles and ids, only for a realm that brings none.
  expect(realm).not.toHaveProperty("clientScopes");
});
