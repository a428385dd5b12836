import { createServer, type ServerResponse } from "node:http";

/** What a fake OpenID provider does next; tests change it between requests. */
export interface FakeProvider extends AsyncDisposable {
  readonly issuer: string;
  /** Answers of the token endpoint, one after the other; the last one stays. */
  answers: { readonly status: number; readonly body: unknown }[];
  /** What the device endpoint answers, over the usual. */
  device: Readonly<Record<string, unknown>>;
  /** What the discovery document says, over the usual. */
  discovery: Readonly<Record<string, unknown>>;
  /** Path and form of every request. */
  readonly seen: readonly string[];
}

/** The secrets that the fake provider gives out. */
export const TOKENS = {
  access: "canary-access",
  refresh: "canary-refresh",
  device: "canary-device",
} as const;

/** An answer of the token endpoint with tokens that end in `seconds`. */
export function tokens(suffix: string, seconds = 300): FakeProvider["answers"][number] {
  const body = {
    token_type: "Bearer",
    access_token: `${TOKENS.access}-${suffix}`,
    refresh_token: `${TOKENS.refresh}-${suffix}`,
    expires_in: seconds,
  };
  return { status: 200, body };
}

/** A refusal of the token endpoint. */
export function refusal(error: string): FakeProvider["answers"][number] {
  return { status: 400, body: { error, error_description: `canary-description of ${error}` } };
}

/** Starts a provider on loopback that answers what it is told. */
export async function startFakeProvider(): Promise<FakeProvider> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const form = Buffer.concat(chunks).toString();
      seen.push(`${request.url ?? ""} ${form}`.trim());
      answer(provider, request.url ?? "", response);
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      const bound = server.address();
      resolve(typeof bound === "object" && bound !== null ? bound.port : 0);
    });
  });
  const provider: FakeProvider = {
    issuer: `http://127.0.0.1:${port}`,
    answers: [tokens("1")],
    device: {},
    discovery: {},
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
  return provider;
}

function answer(provider: FakeProvider, path: string, response: ServerResponse): void {
  const { issuer } = provider;
  const send = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  switch (path) {
    case "/.well-known/openid-configuration":
      return send(200, {
        issuer,
        token_endpoint: `${issuer}/token`,
        device_authorization_endpoint: `${issuer}/device`,
        revocation_endpoint: `${issuer}/revoke`,
        ...provider.discovery,
      });
    case "/device":
      return send(200, {
        device_code: TOKENS.device,
        user_code: "ABCD-EFGH",
        verification_uri: `${issuer}/go`,
        verification_uri_complete: `${issuer}/go?user_code=ABCD-EFGH`,
        expires_in: 600,
        interval: 5,
        ...provider.device,
      });
    case "/token": {
      const [next, ...rest] = provider.answers;
      if (rest.length > 0) provider.answers = rest;
      return next === undefined ? send(500, {}) : send(next.status, next.body);
    }
    case "/revoke":
      return void response.writeHead(200).end();
    default:
      return send(404, {});
  }
}
