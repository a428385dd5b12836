import { normaliseAddress } from "./address.ts";
import { parseAnswer } from "./answer.ts";
import {
  keyCalls,
  leaseCalls,
  sharingCalls,
  type AccessExplanation,
  type ExplainQuestion,
  type KeyCalls,
  type LeaseCalls,
  type LoginOptions,
  type SharingCalls,
} from "./access.ts";
import type * as api from "./api-types.ts";
import { auditCalls, type AuditCalls } from "./audit.ts";
import { createCall, query } from "./calls.ts";
import { defaultRetryDelay } from "./event-stream.ts";
import { readEvents, type EventOptions, type RatEvent } from "./events.ts";
import { namespaceCalls, type NamespaceCalls } from "./namespaces.ts";
import { pipelineCalls, type PipelineCalls } from "./pipelines.ts";
import { runCalls, type RunCalls } from "./runs.ts";
import { Transport, type RawAnswer } from "./transport.ts";
import { triggerCalls, type TriggerCalls } from "./triggers.ts";

/** Where ratd is and how to talk to it. */
export interface ClientOptions {
  /** For example `http://127.0.0.1:8080`. */
  readonly address: string;
  /** Bearer token for the routes behind the auth slot. */
  readonly token?: string | undefined;
  /** API key, sent as `X-API-Key`. In place of a token. */
  readonly apiKey?: string | undefined;
  /** Default: the global fetch. */
  readonly fetch?: typeof globalThis.fetch;
  /** Limit for one request in milliseconds. Default: 30 000. */
  readonly timeoutMs?: number;
  /** Milliseconds before the n-th reconnect of an event stream. Default: 250 ms doubling to 10 s. */
  readonly retryDelay?: (attempt: number) => number;
}

/**
 * The HTTP API of one ratd. Every method throws ApiError when ratd refuses, UnreachableError when no answer comes,
 * and UnexpectedAnswerError when the answer is not one of ratd.
 */
export interface Client {
  /** Base URL of ratd. */
  readonly address: string;
  /** State of ratd, its services and its slots. Needs no token. */
  health(): Promise<api.Health>;
  /** Whether ratd takes requests: false while it starts or drains. Needs no token. */
  ready(): Promise<boolean>;
  /** The feature flags. Needs no token. */
  features(): Promise<api.Features>;
  /** Who the token makes you. */
  me(): Promise<api.Me>;
  readonly slots: {
    list(): Promise<readonly api.Slot[]>;
    get(slot: string): Promise<api.Slot>;
  };
  readonly plugins: {
    list(filter?: api.PluginFilter): Promise<readonly api.Plugin[]>;
    get(id: string): Promise<api.PluginDetail>;
  };
  /** The rat.yaml of this ratd. */
  readonly config: {
    /** What a reload would change. */
    diff(): Promise<readonly api.ConfigChange[]>;
    /** Puts the file in force, as a whole or not at all, and answers what has changed. */
    reload(): Promise<readonly api.ConfigChange[]>;
  };
  /** How to sign in; needs no token. */
  loginOptions(): Promise<LoginOptions>;
  readonly sharing: SharingCalls;
  readonly keys: KeyCalls;
  readonly leases: LeaseCalls;
  readonly access: {
    check(question: api.AccessQuestion): Promise<api.AccessDecision>;
    /** At most 1,000 questions; the decisions come in the same order. */
    checkAll(questions: readonly api.AccessQuestion[]): Promise<readonly api.AccessDecision[]>;
    /** Why somebody may do something; needs the scope access:read. */
    explain(question: ExplainQuestion): Promise<AccessExplanation>;
  };
  credentials(request: api.CredentialsRequest): Promise<api.Credentials>;
  readonly namespaces: NamespaceCalls;
  readonly pipelines: PipelineCalls;
  readonly triggers: TriggerCalls;
  readonly runs: RunCalls;
  readonly audit: AuditCalls;
  /** Events as they happen, over reconnects. Breaking out of the loop closes the connection. */
  events(options?: EventOptions): AsyncGenerator<RatEvent>;
  /** Any request, for routes without a method here. `path` may carry a query. */
  request(method: string, path: string, body?: unknown): Promise<RawAnswer>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const IDLE_MS = 45_000;

/** A client of the ratd at `options.address`. Throws a TypeError when that is no HTTP address, or for two credentials. */
export function createClient(options: ClientOptions): Client {
  if (options.token !== undefined && options.apiKey !== undefined) {
    throw new TypeError("a client has a token or an API key, not both");
  }
  const address = normaliseAddress(options.address);
  const transport = new Transport({
    address,
    token: options.token,
    apiKey: options.apiKey,
    fetch: options.fetch ?? globalThis.fetch,
    timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS,
  });

  const call = createCall(transport, address);
  const retryDelay = options.retryDelay ?? defaultRetryDelay;
  const stream = { transport, address, retryDelay, idleMs: IDLE_MS };

  return {
    address,
    health: () => call("GET /health", "/health"),
    async ready() {
      const answer = await transport.exchange({ method: "GET", path: "/health/ready" });
      if (answer.status === 503) return false;
      parseAnswer("GET /health/ready", address, transport.checked(answer));
      return true;
    },
    features: () => call("GET /features", "/features"),
    me: () => call("GET /api/v1/me", "/api/v1/me"),
    slots: {
      list: async () => (await call("GET /api/v1/slots", "/api/v1/slots")).slots,
      get: (slot) => call("GET /api/v1/slots/{slot}", `/api/v1/slots/${encodeURIComponent(slot)}`),
    },
    plugins: {
      list: async (filter = {}) =>
        (await call("GET /api/v1/plugins", `/api/v1/plugins${query(filter)}`)).plugins,
      get: (id) => call("GET /api/v1/plugins/{id}", `/api/v1/plugins/${encodeURIComponent(id)}`),
    },
    config: {
      diff: async () => (await call("GET /api/v1/config/diff", "/api/v1/config/diff")).changes,
      reload: async () => (await call("POST /api/v1/config/reload", "/api/v1/config/reload")).changes,
    },
    loginOptions: () => call("GET /api/v1/login", "/api/v1/login"),
    sharing: sharingCalls(call),
    keys: keyCalls(call),
    leases: leaseCalls(call),
    access: {
      async check(question) {
        const [decision] = await checkAll([question]);
        if (decision === undefined) throw new TypeError("ratd decided nothing");
        return decision;
      },
      checkAll,
      explain: (question) => call("POST /api/v1/access/explain", "/api/v1/access/explain", question),
    },
    credentials: (request) => call("POST /api/v1/credentials", "/api/v1/credentials", request),
    namespaces: namespaceCalls(call, transport),
    pipelines: pipelineCalls(call),
    triggers: triggerCalls(call, retryDelay),
    runs: runCalls(call, stream),
    audit: auditCalls(call, transport),
    events: (eventOptions) => readEvents(stream, eventOptions),
    request: (method, path, body) => transport.send({ method, path, body }),
  };

  async function checkAll(questions: readonly api.AccessQuestion[]): Promise<readonly api.AccessDecision[]> {
    const answer = await call("POST /api/v1/access/check", "/api/v1/access/check", { checks: questions });
    return "results" in answer ? answer.results : [answer];
  }
}
