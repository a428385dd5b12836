import type { Caller } from "../access/caller.ts";
import type { RunsConfig } from "../config/config.ts";
import type { CloudAccess, CloudProvider } from "../slots/cloud/cloud.ts";
import { CloudPlaces, type CloudObject } from "./cloud-scopes.ts";
import type { IssuedCredentials, Leases } from "./leases.ts";

/** What giving out credentials needs. */
export interface CredentialIssuerDeps {
  /** Where data lies, and the provider of who names none. */
  readonly config: Pick<RunsConfig["credentials"], "resource" | "provider">;
  readonly leases: Pick<Leases, "issue">;
}

/** Credentials for a thing of RAT, which the caller may have: that was decided before. */
export interface CredentialRequest {
  /** Undefined: that of rat.yaml. */
  readonly provider: CloudProvider | undefined;
  readonly object: CloudObject;
  readonly access: CloudAccess;
}

/** Gives people temporary credentials for the data of a namespace, pipeline or table. */
export class CredentialIssuer {
  readonly #deps: CredentialIssuerDeps;
  readonly #places: CloudPlaces;

  constructor(deps: CredentialIssuerDeps) {
    this.#deps = deps;
    this.#places = new CloudPlaces(deps.config.resource);
  }

  /** @throws RatError as `Leases.issue` does; validation_failed for an id that is none; provider_not_supported */
  issue({ provider, object, access }: CredentialRequest, caller: Caller): Promise<IssuedCredentials> {
    const { config, leases } = this.#deps;
    const { principal, slots } = caller;
    const scope = this.#places.scopeOf(object, access);
    return leases.issue(
      {
        provider: provider ?? config.provider,
        object,
        access,
        resource: scope.resource,
        scopes: [scope],
        namespace: this.#places.namespaceOf(object),
        who: principal.identity,
        principal,
        run: undefined,
      },
      slots,
      caller,
    );
  }
}
