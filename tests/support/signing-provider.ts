import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { once } from "node:events";
import {
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CryptoKey,
  type JWK,
  type JWTHeaderParameters,
} from "jose";

/** A key pair of the provider, with what it publishes of it. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

/** Makes a key pair. */
export async function makeSigningKey(kid: string, alg = "ES256"): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** How one path of the provider answers: with a document, with a status, or not at all. */
export type Behaviour = "normal" | "hang" | { readonly status: number; readonly body?: string };

/**
 * The bare bones of an OpenID provider on loopback: it publishes what the test says, counts who asks, and signs any
 * claims whatever. For what only a provider in bad hands or bad health does; `openid-provider.ts` is a real one.
 */
export class SigningProvider implements AsyncDisposable {
  readonly issuer: string;
  /** How often each path was asked for. */
  readonly asked = new Map<string, number>();
  /** The published keys. */
  keys: unknown[];
  discovery: Behaviour = "normal";
  jwks: Behaviour = "normal";
  /** What introspection answers about a token; absent means that it knows none. */
  readonly introspected = new Map<string, Readonly<Record<string, unknown>>>();
  introspection: Behaviour = "normal";
  /** What the last introspection said of itself. */
  lastIntrospection: { readonly authorization: string | undefined; readonly body: string } | undefined;
  /** Fields that replace those of the discovery document. */
  readonly overrides: Record<string, unknown> = {};
  readonly #close: () => Promise<void>;

  private constructor(issuer: string, keys: unknown[], close: () => Promise<void>) {
    this.issuer = issuer;
    this.keys = keys;
    this.#close = close;
  }

  /** Starts one that publishes these keys, on any free port or the given one. */
  static async start(
    keys: readonly SigningKey[],
    options: { readonly port?: number; readonly path?: string } = {},
  ) {
    const { port = 0, path = "" } = options;
    const server = createServer((request, response) => void provider.#answer(request, response));
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const close = async (): Promise<void> => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    };
    const published = keys.map(({ jwk }) => jwk);
    const provider = new SigningProvider(`http://127.0.0.1:${address.port}${path}`, published, close);
    return provider;
  }

  /** How often the keys were fetched. */
  get fetches(): number {
    return this.asked.get("/jwks") ?? 0;
  }

  /** Signs claims; they are taken as they are. */
  async sign(
    claims: Readonly<Record<string, unknown>>,
    key: SigningKey,
    header: JWTHeaderParameters | object = {},
  ) {
    const protectedHeader = { alg: key.alg, kid: key.kid, typ: "JWT", ...header };
    return new SignJWT(claims).setProtectedHeader(protectedHeader).sign(key.privateKey);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const base = new URL(this.issuer).pathname.replace(/\/$/, "");
    const path = (request.url ?? "/").slice(base.length);
    this.asked.set(path, (this.asked.get(path) ?? 0) + 1);
    const body = await textOf(request);
    switch (path) {
      case "/.well-known/openid-configuration":
        return reply(response, this.discovery, {
          issuer: this.issuer,
          jwks_uri: `${this.issuer}/jwks`,
          introspection_endpoint: `${this.issuer}/introspect`,
          ...this.overrides,
        });
      case "/jwks":
        return reply(response, this.jwks, { keys: this.keys });
      case "/introspect": {
        this.lastIntrospection = { authorization: request.headers.authorization, body };
        const token = new URLSearchParams(body).get("token") ?? "";
        return reply(response, this.introspection, this.introspected.get(token) ?? { active: false });
      }
      default:
        return reply(response, { status: 404 }, {});
    }
  }
}

function reply(response: ServerResponse, behaviour: Behaviour, document: object): void {
  if (behaviour === "hang") return;
  if (behaviour === "normal") {
    response.setHeader("content-type", "application/json").end(JSON.stringify(document));
    return;
  }
  response.writeHead(behaviour.status, { location: "/elsewhere" }).end(behaviour.body ?? "{}");
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
  return text;
}
