import { readFile } from "node:fs/promises";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from "@aws-sdk/client-sts";
import { PluginError } from "@rat/plugin-sdk";
import type { CloudConfig } from "./config.ts";
import { stsError } from "./sts-error.ts";

/** A session to begin. */
export interface SessionRequest {
  readonly name: string;
  readonly policy: string;
  readonly seconds: number;
  readonly namespace: string;
}

/** A session of AWS. Secret. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

/** Attempts of one call, the first one included. */
const ATTEMPTS = 2;
/** A token of an OpenID provider is never longer. */
const MAX_TOKEN = 20_000;

/** The role at STS. */
export class Sts implements Disposable {
  readonly #config: CloudConfig;
  readonly #client: STSClient;

  /** @throws PluginError `invalid_argument` for settings that do not go together. */
  constructor(config: CloudConfig) {
    this.#config = config;
    this.#client = new STSClient(clientConfig(config));
  }

  /** Assumes the role, cut to a policy. @throws PluginError in our words */
  async assume(request: SessionRequest, signal: AbortSignal): Promise<Session> {
    const { role_arn: RoleArn, web_identity_token_file: tokenFile } = this.#config;
    const session = {
      RoleArn,
      RoleSessionName: request.name,
      Policy: request.policy,
      DurationSeconds: request.seconds,
    };
    return this.#bounded(signal, async (options) => {
      const command =
        tokenFile === undefined
          ? new AssumeRoleCommand({ ...session, ...this.#externalId(request.namespace) })
          : new AssumeRoleWithWebIdentityCommand({
              ...session,
              WebIdentityToken: await readToken(tokenFile),
            });
      const { Credentials: given } =
        command instanceof AssumeRoleCommand
          ? await this.#client.send(command, options)
          : await this.#client.send(command, options);
      const {
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
      } = given ?? {};
      const expiresAt = given?.Expiration;
      if (!accessKeyId || !secretAccessKey || !sessionToken || expiresAt === undefined) {
        throw new PluginError("unavailable", "STS answered without credentials");
      }
      return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
    });
  }

  /** Whether the plugin is somebody at AWS. @throws PluginError in our words */
  async probe(): Promise<void> {
    const { web_identity_token_file: tokenFile } = this.#config;
    if (tokenFile !== undefined) return void (await readToken(tokenFile));
    await this.#bounded(undefined, (options) => this.#client.send(new GetCallerIdentityCommand({}), options));
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  #externalId(namespace: string): { ExternalId?: string } {
    const { external_id: template } = this.#config;
    if (template === undefined) return {};
    if (namespace === "" && template.includes("{namespace}")) {
      throw new PluginError("invalid_argument", "namespace: must not be empty, since external_id names it");
    }
    return { ExternalId: template.replaceAll("{namespace}", namespace) };
  }

  async #bounded<Result>(
    caller: AbortSignal | undefined,
    call: (options: { abortSignal: AbortSignal }) => Promise<Result>,
  ): Promise<Result> {
    const limit = AbortSignal.timeout(this.#config.timeout_ms);
    try {
      return await call({ abortSignal: caller === undefined ? limit : AbortSignal.any([caller, limit]) });
    } catch (reason) {
      if (!limit.aborted) throw stsError(reason);
      const message = `STS did not answer within ${this.#config.timeout_ms} ms; check endpoint and region`;
      throw new PluginError("unavailable", message, { cause: reason });
    }
  }
}

function clientConfig(config: CloudConfig): STSClientConfig {
  const { region, endpoint, access_key_id: accessKeyId, secret_access_key: secretAccessKey } = config;
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new PluginError(
      "invalid_argument",
      "config.access_key_id: belongs together with secret_access_key",
    );
  }
  if (accessKeyId !== undefined && config.web_identity_token_file !== undefined) {
    throw new PluginError("invalid_argument", "config.web_identity_token_file: excludes access_key_id");
  }
  if (endpoint !== undefined) requireTls(endpoint, config.allow_http);
  return {
    region,
    maxAttempts: ATTEMPTS,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey } }),
  };
}

function requireTls(endpoint: string, allowHttp: boolean): void {
  const { protocol, hostname } = new URL(endpoint);
  const loopback = hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (protocol === "https:" || loopback || allowHttp) return;
  throw new PluginError(
    "invalid_argument",
    "config.endpoint: must be an https URL (allow_http: true allows http)",
  );
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, "utf8").then(
    (text) => text.trim(),
    () => "",
  );
  if (token !== "" && token.length <= MAX_TOKEN) return token;
  throw new PluginError("failed_precondition", "web_identity_token_file cannot be read, or holds no token");
}
