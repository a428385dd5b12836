import { randomUUID } from "node:crypto";
import { Code } from "@connectrpc/connect";
import { CloudService } from "@rat/contracts/cloud";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, isUnimplemented, refused, require } from "../expectations.ts";
import { requireCredentials, vend } from "./cloud-steps.ts";

const { renewCredentials, revokeCredentials } = CloudService.method;

/** What a cloud plugin must do about the leases that it gives. */
export const cloudLeaseCases: readonly ConformanceCase[] = [
  {
    name: "cloud/lease-renew",
    level: "slot",
    async run(target) {
      const { vended, exchange } = await vend(target);
      const { leaseId } = vended;
      if (!vended.renewable) throw new Unproven("not_applicable", "the lease is not renewable");
      require(leaseId !== "", exchange, "a lease_id, since the lease is renewable");
      const renewed = await target.call(renewCredentials, { leaseId });
      const fresh = answered(renewed, "fresh credentials, since the lease is renewable");
      requireCredentials(fresh, renewed.exchange);
      const end = vended.expiresAt;
      require(fresh.expiresAt >= end, renewed.exchange, `expires_at of ${end} at least, as before`);
    },
  },
  {
    name: "cloud/lease-revoke",
    level: "slot",
    async run(target) {
      const { vended, exchange } = await vend(target);
      const { leaseId } = vended;
      if (!vended.revocable) throw new Unproven("not_applicable", "the lease is not revocable");
      require(leaseId !== "", exchange, "a lease_id, since the lease is revocable");
      const first = await target.call(revokeCredentials, { leaseId });
      require(answered(first, "revoked = true").revoked, first.exchange, "revoked = true");
      refused(
        await target.call(renewCredentials, { leaseId }),
        Code.NotFound,
        Code.FailedPrecondition,
        Code.Unimplemented,
      );
      // ratd repeats a call whose answer was lost. Whether the plugin still remembers the lease is its affair.
      answered(await target.call(revokeCredentials, { leaseId }), "an answer the second time too");
    },
  },
  {
    name: "cloud/unknown-lease",
    level: "slot",
    async run(target) {
      const leaseId = `conformance-${randomUUID()}`;
      refused(await target.call(renewCredentials, { leaseId }), Code.NotFound, Code.Unimplemented);
      const revoked = await target.call(revokeCredentials, { leaseId });
      if (isUnimplemented(revoked)) return;
      require(!answered(revoked, "revoked = false").revoked, revoked.exchange, "revoked = false");
    },
  },
];
