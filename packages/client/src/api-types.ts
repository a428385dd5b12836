import type { Answer, Body } from "./answer.ts";
import type { Routes } from "./gen/api.ts";

/** What /health answers. */
export type Health = Answer<"GET /health">;
/** What /features answers. */
export type Features = Answer<"GET /features">;
/** One slot. */
export type Slot = Answer<"GET /api/v1/slots/{slot}">;
/** The states of a slot, the only words used for them. */
export type SlotState = Slot["state"];
/** One plugin of the list. */
export type Plugin = Answer<"GET /api/v1/plugins">["plugins"][number];
/** One plugin with its addresses and health history. */
export type PluginDetail = Answer<"GET /api/v1/plugins/{id}">;
/** Which plugins to list; without a filter all of them. */
export type PluginFilter = NonNullable<Routes["GET /api/v1/plugins"]["query"]>;
/** The caller as ratd sees it. */
export type Me = Answer<"GET /api/v1/me">;
/** One share of a resource. */
export type Grant = Answer<"POST /api/v1/sharing">;
/** What to share with whom. */
export type NewGrant = Body<"POST /api/v1/sharing">;
/** Which resource's grants to list. */
export type GrantFilter = Routes["GET /api/v1/sharing"]["query"];
/** Which resource to hand to whom. */
export type Transfer = Body<"POST /api/v1/sharing/transfer">;
/** Which credentials to ask for. */
export type CredentialsRequest = Body<"POST /api/v1/credentials">;
/** Temporary cloud credentials. */
export type Credentials = Answer<"POST /api/v1/credentials">;

/** One question to the enforcement slot. */
export interface AccessQuestion {
  readonly action: string;
  readonly resource_type: string;
  readonly resource_id: string;
}

/** The answer to an {@link AccessQuestion}. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: string;
}
