import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { Provider, type Configuration } from "oidc-provider";
import { Browser } from "./browser.ts";
import { freePort } from "./free-port.ts";

/** The two people whom the provider knows. Anything is taken as their password. */
export const ACCOUNTS = {
  alice: { email: "alice@example.com", roles: ["admin"], clientRoles: ["editor"] },
  bob: { email: "bob@example.com", roles: ["viewer"], clientRoles: [] },
} as const;

/** A name in {@link ACCOUNTS}. */
export type Account = keyof typeof ACCOUNTS;

/** The public client that people sign in with: device flow, no secret. */
export const LOGIN_CLIENT = "rat-cli";
/** The client that RAT is; it may introspect and act for itself. */
export const SERVICE_CLIENT = { id: "rat", secret: "rat-client-secret" } as const;
/** The resource for which access tokens are JSON Web Tokens. Without it they are opaque. */
export const RESOURCE = "https://rat.example/api";
/** The audience of those tokens. */
export const AUDIENCE = "rat";

/** What the token endpoint answers. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly expires_in: number;
}

/** A device flow that waits for a person. */
export interface DeviceLogin {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri_complete: string;
}

/**
 * A real OpenID provider (oidc-provider, which is certified) on loopback: two accounts, a role claim in Keycloak's
 * shape, device flow, client credentials, introspection and revocation. {@link rotate} swaps its keys; who signed in
 * before has to sign in again.
 */
export class OpenidTestProvider implements AsyncDisposable {
  readonly #port: number;
  readonly #lifetimeSeconds: number;
  #server: Server | undefined;
  #keys: JWK[];
  #rotations = 0;

  private constructor(port: number, keys: JWK[], lifetimeSeconds: number) {
    this.#port = port;
    this.#keys = keys;
    this.#lifetimeSeconds = lifetimeSeconds;
  }

  /** Starts one, on any free port or the given one. */
  static async start(options: { readonly port?: number; readonly lifetimeSeconds?: number } = {}) {
    const port = options.port ?? (await freePort());
    const provider = new OpenidTestProvider(port, [await makeKey("key-1")], options.lifetimeSeconds ?? 300);
    await provider.open();
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, with the present keys. */
  async open(): Promise<void> {
    const provider = new Provider(this.issuer, configuration(this.#keys, this.#lifetimeSeconds));
    const handler = provider.callback();
    const server = createServer((request, response) => void handler(request, response));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
  }

  /** Stops listening and forgets who signed in; {@link open} brings it back. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Restarts it with a new signing key. The old one stays published when it is to be kept. */
  async rotate({ keepOld }: { readonly keepOld: boolean }): Promise<void> {
    await this.close();
    const next = await makeKey(`key-${++this.#rotations + 1}`);
    this.#keys = keepOld ? [next, ...this.#keys] : [next];
    await this.open();
  }

  /** Signs a person in as `rat login` would, by the device flow, and answers the tokens. */
  async signIn(
    account: Account,
    options: { readonly resource?: string } = { resource: RESOURCE },
  ): Promise<Tokens> {
    const login = await this.startDeviceLogin(options);
    await this.approve(login.verification_uri_complete, account);
    const grant_type = "urn:ietf:params:oauth:grant-type:device_code";
    return this.#token({ grant_type, client_id: LOGIN_CLIENT, device_code: login.device_code });
  }

  /** Begins a device flow without approving it. */
  async startDeviceLogin(
    { resource }: { readonly resource?: string } = { resource: RESOURCE },
  ): Promise<DeviceLogin> {
    const wanted = { client_id: LOGIN_CLIENT, scope: "openid offline_access", prompt: "consent" };
    return this.#post<DeviceLogin>("/device/auth", {
      ...wanted,
      ...(resource === undefined ? {} : { resource }),
    });
  }

  /** Does what a person does in the browser: opens the address, confirms the code, signs in, consents. */
  async approve(verificationUri: string, account: Account): Promise<void> {
    const browser = new Browser();
    await browser.open(verificationUri);
    for (let step = 0; step < 8 && browser.hasForm; step++) {
      await browser.submit({ login: account, password: "any" });
    }
    if (!browser.page.includes("Sign-in Success")) {
      throw new Error(`the device flow did not end well:\n${browser.page.slice(0, 2000)}`);
    }
  }

  /** A token of the service client itself, without a person. */
  serviceToken(): Promise<Tokens> {
    return this.#token({ grant_type: "client_credentials", resource: RESOURCE }, basicAuthorization());
  }

  /** Gets new tokens by a refresh token. */
  refresh(refreshToken: string): Promise<Tokens> {
    const grant_type = "refresh_token";
    return this.#token({ grant_type, client_id: LOGIN_CLIENT, refresh_token: refreshToken });
  }

  /** Revokes a token of the login client. */
  async revoke(token: string): Promise<void> {
    const response = await fetch(`${this.issuer}/token/revocation`, {
      method: "POST",
      body: new URLSearchParams({ token, client_id: LOGIN_CLIENT }),
    });
    if (response.status !== 200) throw new Error(`revocation: ${response.status} ${await response.text()}`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #token(form: Record<string, string>, authorization?: string): Promise<Tokens> {
    return this.#post<Tokens>("/token", form, authorization);
  }

  async #post<Answer>(path: string, form: Record<string, string>, authorization?: string): Promise<Answer> {
    const response = await fetch(`${this.issuer}${path}`, {
      method: "POST",
      body: new URLSearchParams(form),
      headers: authorization === undefined ? {} : { authorization },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    const answer: Answer = JSON.parse(text);
    return answer;
  }
}

function basicAuthorization(): string {
  const { id, secret } = SERVICE_CLIENT;
  return `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`;
}

async function makeKey(kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
}

function isAccount(name: string | undefined): name is Account {
  return name !== undefined && Object.hasOwn(ACCOUNTS, name);
}

function configuration(keys: JWK[], lifetimeSeconds: number): Configuration {
  return {
    jwks: { keys },
    clients: [
      {
        client_id: LOGIN_CLIENT,
        token_endpoint_auth_method: "none",
        application_type: "native",
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: SERVICE_CLIENT.id,
        client_secret: SERVICE_CLIENT.secret,
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
      },
    ],
    scopes: ["openid", "offline_access"],
    ttl: {
      AccessToken: lifetimeSeconds,
      ClientCredentials: lifetimeSeconds,
      DeviceCode: 600,
      Grant: 86_400,
      IdToken: lifetimeSeconds,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    cookies: { keys: ["test"] },
    findAccount: (_context, sub) =>
      isAccount(sub) ? { accountId: sub, claims: () => ({ sub, email: ACCOUNTS[sub].email }) } : undefined,
    extraTokenClaims(_context, token) {
      const account = "accountId" in token ? token.accountId : undefined;
      if (!isAccount(account)) return {};
      const { email, roles, clientRoles } = ACCOUNTS[account];
      return {
        typ: "Bearer",
        azp: token.clientId,
        email,
        email_verified: true,
        realm_access: { roles },
        resource_access: { [SERVICE_CLIENT.id]: { roles: clientRoles } },
      };
    },
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true, charset: "base-20", mask: "****-****" },
      clientCredentials: { enabled: true },
      revocation: { enabled: true },
      introspection: {
        enabled: true,
        allowedPolicy: (_context, client) => client.clientId === SERVICE_CLIENT.id,
      },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: "",
          audience: AUDIENCE,
          accessTokenTTL: lifetimeSeconds,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  };
}
