import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type AgentOptions } from "node:https";
import { readFileSync } from "node:fs";
import { createClient, Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { SharingService, type AccessGrant } from "@rat/contracts/sharing";
import type { TlsFiles } from "../../one-port-server.ts";
import { PluginError } from "../../plugin-error.ts";
import type { Grant, GranteeAccessInput, GrantPage, SharedResource } from "./handlers.ts";
import { readGrant } from "./wire-grant.ts";

/** How to reach a sharing plugin. */
export interface SharingClientOptions {
  /** A URL, or host:port for plain HTTP. */
  readonly address: string;
  /** How long each call may take, milliseconds; 3,000 by default. */
  readonly timeoutMs?: number;
  /** Mutual TLS, for an https address. */
  readonly tls?: TlsFiles;
}

/** Reads the grants of a sharing plugin, whatever it is written in. Errors are {@link PluginError} `unavailable`. */
export interface SharingClient extends Disposable {
  /** The grants in force on a resource. */
  listAccess(resource: SharedResource, signal?: AbortSignal): Promise<readonly Grant[]>;
  /** One page of the grants that reach a person; undefined when the plugin does not offer that question. */
  listGranteeAccess(input: GranteeAccessInput, signal?: AbortSignal): Promise<GrantPage | undefined>;
}

const TIMEOUT_MS = 3000;
const READ_MAX_BYTES = 8 * 1024 * 1024;
const MAX_SOCKETS = 32;

/** Opens a client of a sharing plugin. Nothing is dialled before the first call. */
export function sharingClient({ address, timeoutMs = TIMEOUT_MS, tls }: SharingClientOptions): SharingClient {
  const baseUrl = baseUrlOf(address);
  const agentOptions: AgentOptions = { keepAlive: true, maxSockets: MAX_SOCKETS, ...filesOf(tls) };
  const agent = baseUrl.startsWith("https:") ? new HttpsAgent(agentOptions) : new HttpAgent(agentOptions);
  const client = createClient(
    SharingService,
    createConnectTransport({
      baseUrl,
      httpVersion: "1.1",
      useBinaryFormat: true,
      nodeOptions: { agent },
      defaultTimeoutMs: timeoutMs,
      readMaxBytes: READ_MAX_BYTES,
    }),
  );
  return {
    async listAccess({ resourceType, resourceId }, signal) {
      try {
        const { grants } = await client.listAccess({ resourceType, resourceId }, callOf(signal));
        return readGrants(grants);
      } catch (error) {
        throw unavailable(baseUrl, error);
      }
    },
    async listGranteeAccess({ roles, ...input }, signal) {
      try {
        const { grants, nextPageToken } = await client.listGranteeAccess(
          { ...input, roles: [...roles] },
          callOf(signal),
        );
        return { grants: readGrants(grants), nextPageToken };
      } catch (error) {
        if (ConnectError.from(error).code === Code.Unimplemented) return undefined;
        throw unavailable(baseUrl, error);
      }
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

function baseUrlOf(address: string): string {
  const text = /^https?:\/\//.test(address) ? address : `http://${address}`;
  if (!URL.canParse(text))
    throw new PluginError("invalid_argument", "the address is no URL and no host:port");
  const { origin, pathname } = new URL(text);
  return (origin + pathname).replace(/\/+$/, "");
}

function filesOf(tls: TlsFiles | undefined): AgentOptions {
  if (tls === undefined) return {};
  return { cert: readFileSync(tls.cert), key: readFileSync(tls.key), ca: readFileSync(tls.ca) };
}

function callOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** A grant that is none is left out: it gives nothing. */
function readGrants(grants: readonly AccessGrant[]): Grant[] {
  return grants.flatMap((grant) => readGrant(grant) ?? []);
}

function unavailable(baseUrl: string, error: unknown): PluginError {
  const { code, rawMessage } = ConnectError.from(error);
  return new PluginError(
    "unavailable",
    `the sharing plugin at ${baseUrl} does not answer: ${Code[code]}: ${rawMessage.slice(0, 200)}`,
    { cause: error },
  );
}
