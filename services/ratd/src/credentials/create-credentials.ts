import { randomBytes } from "node:crypto";
import type { AccessServices } from "../access/create-access.ts";
import type { Auditor } from "../audit/audit.ts";
import type { RunsConfig } from "../config/config.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/database.ts";
import type { Logger } from "../platform/logger.ts";
import type { Schema } from "../schema/schema.ts";
import type { Slots } from "../slots/slots.ts";
import { CredentialIssuer } from "./credential-issuer.ts";
import { LeaseStore } from "./lease-store.ts";
import { LeaseSweep } from "./lease-sweep.ts";
import { LeaseWatch } from "./lease-watch.ts";
import { Leases } from "./leases.ts";

/** What credentials need. */
export interface CredentialServicesDeps {
  readonly config: RunsConfig["credentials"];
  readonly database: Database;
  readonly schema: Schema;
  readonly access: Pick<AccessServices, "access" | "onForget">;
  readonly audit: Auditor;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Credentials, as the rest of ratd uses them. */
export interface CredentialServices {
  readonly leases: Leases;
  readonly credentials: CredentialIssuer;
  /** Ends leases whose holders may no longer have them, and those that runs leave behind, until it is disposed of. */
  watch(slots: Slots): LeaseWatching;
}

/** What ends leases. */
export interface LeaseWatching extends Disposable {
  /** Runs have ended: their leases are to end soon. */
  runsEnded(): void;
}

/** Puts credentials together. Nothing runs before `watch`. */
export function createCredentials(deps: CredentialServicesDeps): CredentialServices {
  const { config, database, schema, access, audit, clock, logger } = deps;
  const store = new LeaseStore({ database, schema });
  const leases = new Leases({ store, newId: newLeaseId, clock, audit });
  return {
    leases,
    credentials: new CredentialIssuer({ config, leases }),
    watch(slots) {
      const watch = new LeaseWatch({ leases, store, access: access.access, slots, clock, logger });
      const sweep = new LeaseSweep({ leases, store, slots, clock, logger });
      const unsubscribe = access.onForget(() => watch.look());
      return {
        runsEnded: () => sweep.look(),
        [Symbol.dispose]() {
          unsubscribe();
          watch[Symbol.dispose]();
          sweep[Symbol.dispose]();
        },
      };
    },
  };
}

/** The id of a lease: in the order of time, and not to be guessed. */
function newLeaseId(): string {
  return `lse_${Date.now().toString(16).padStart(12, "0")}${randomBytes(8).toString("hex")}`;
}
