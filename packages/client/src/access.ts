import type { Answer, Body } from "./answer.ts";
import type { ListOptions } from "./api-types.ts";
import { collect, part, query, type Call } from "./calls.ts";

/** How people sign in. */
export type LoginOptions = Answer<"GET /api/v1/login">;
/** One share of a resource. */
export type Grant = Answer<"POST /api/v1/sharing">;
/** What to share with whom. */
export type NewGrant = Body<"POST /api/v1/sharing">;
/** Which resource to hand to whom. */
export type Transfer = Body<"POST /api/v1/sharing/transfer">;
/** Whose access to explain. */
export type ExplainQuestion = Body<"POST /api/v1/access/explain">;
/** Why somebody may do something, or not. */
export type AccessExplanation = Answer<"POST /api/v1/access/explain">;
/** An API key, without its secret. */
export type ApiKey = Answer<"GET /api/v1/access/keys/{id}">;
/** An API key with what is shown once. */
export type MadeApiKey = Answer<"POST /api/v1/access/keys">;
/** An API key to make. */
export type NewApiKey = Body<"POST /api/v1/access/keys">;
/** Credentials that somebody has, without the secret. */
export type Lease = Answer<"GET /api/v1/leases/{id}">;
/** What came of ending a lease. */
export type LeaseRevocation = Answer<"DELETE /api/v1/leases/{id}">;

/** Whose grants are wanted; default: the caller's. */
export interface ReceivedFilter {
  readonly user_id?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly resource_type?: string | undefined;
}

/** Grants on resources. */
export interface SharingCalls {
  list(resource: {
    readonly resource_type: string;
    readonly resource_id: string;
    readonly include_ended?: boolean;
  }): Promise<readonly Grant[]>;
  /** The grants that reach a person. */
  received(filter?: ReceivedFilter & ListOptions): Promise<readonly Grant[]>;
  share(grant: NewGrant): Promise<Grant>;
  revoke(grantId: string): Promise<void>;
  transfer(transfer: Transfer): Promise<void>;
}

/** API keys: the caller's, or all for who holds keys:manage. */
export interface KeyCalls {
  list(filter?: { readonly user_id?: string | undefined } & ListOptions): Promise<readonly ApiKey[]>;
  get(id: string): Promise<ApiKey>;
  create(key: NewApiKey): Promise<MadeApiKey>;
  rotate(id: string, graceSeconds?: number): Promise<MadeApiKey>;
  revoke(id: string): Promise<void>;
}

/** Leases of credentials: the caller's, or all for who holds leases:manage. */
export interface LeaseCalls {
  list(
    filter?: {
      readonly user_id?: string | undefined;
      readonly run_id?: string | undefined;
      readonly state?: Lease["state"] | undefined;
    } & ListOptions,
  ): Promise<readonly Lease[]>;
  get(id: string): Promise<Lease>;
  revoke(id: string): Promise<LeaseRevocation>;
}

/** Calls the routes of sharing. */
export function sharingCalls(call: Call): SharingCalls {
  const base = "/api/v1/sharing";
  return {
    async list({ include_ended: ended = false, ...resource }) {
      const filter = query({ ...resource, ...(ended ? { include_ended: "true" } : {}) });
      return (await call("GET /api/v1/sharing", `${base}${filter}`)).grants;
    },
    received: ({ limit = Infinity, roles, ...filter } = {}) =>
      collect(limit, async (page) => {
        const asked = query({ ...filter, roles: roles?.join(","), ...page });
        const answer = await call("GET /api/v1/sharing/received", `${base}/received${asked}`);
        return { items: answer.grants, next_cursor: answer.next_cursor };
      }),
    share: (grant) => call("POST /api/v1/sharing", base, grant),
    async revoke(grantId) {
      await call("DELETE /api/v1/sharing/{grant_id}", `${base}/${part(grantId)}`);
    },
    async transfer(transfer) {
      await call("POST /api/v1/sharing/transfer", `${base}/transfer`, transfer);
    },
  };
}

/** Calls the routes of API keys. */
export function keyCalls(call: Call): KeyCalls {
  const base = "/api/v1/access/keys";
  return {
    list: ({ limit = Infinity, ...filter } = {}) =>
      collect(limit, async (page) => {
        const answer = await call("GET /api/v1/access/keys", `${base}${query({ ...filter, ...page })}`);
        return { items: answer.keys, next_cursor: answer.next_cursor };
      }),
    get: (id) => call("GET /api/v1/access/keys/{id}", `${base}/${part(id)}`),
    create: (key) => call("POST /api/v1/access/keys", base, key),
    rotate: (id, graceSeconds = 0) =>
      call("POST /api/v1/access/keys/{id}/rotate", `${base}/${part(id)}/rotate`, {
        grace_seconds: graceSeconds,
      }),
    async revoke(id) {
      await call("DELETE /api/v1/access/keys/{id}", `${base}/${part(id)}`);
    },
  };
}

/** Calls the routes of leases. */
export function leaseCalls(call: Call): LeaseCalls {
  const base = "/api/v1/leases";
  return {
    list: ({ limit = Infinity, ...filter } = {}) =>
      collect(limit, async (page) => {
        const answer = await call("GET /api/v1/leases", `${base}${query({ ...filter, ...page })}`);
        return { items: answer.leases, next_cursor: answer.next_cursor };
      }),
    get: (id) => call("GET /api/v1/leases/{id}", `${base}/${part(id)}`),
    revoke: (id) => call("DELETE /api/v1/leases/{id}", `${base}/${part(id)}`),
  };
}
