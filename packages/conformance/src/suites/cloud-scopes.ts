import { CloudAccess } from "@rat/contracts/cloud";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { require } from "../expectations.ts";
import { askCredentials, servedResource, vend } from "./cloud-steps.ts";

/** Ends to ask for, seconds from now: beyond and below the shortest session of AWS. */
const ENDS_SECONDS = [1200, 300];

const inSeconds = (seconds: number): bigint => BigInt(Math.floor(Date.now() / 1000) + seconds);

/** What a cloud plugin must do about the bounds of a request: scopes, an end, a user. */
export const cloudScopeCases: readonly ConformanceCase[] = [
  {
    name: "cloud/scopes-applied",
    level: "slot",
    async run(target) {
      const { resource } = servedResource(target);
      const whole = await vend(target, { scopes: [{ resource, access: CloudAccess.WRITE }] });
      if (!whole.vended.scopesApplied) throw new Unproven("not_applicable", "scopes are not applied");
      for (const accesses of [[CloudAccess.READ], [CloudAccess.READ, CloudAccess.WRITE]]) {
        const scopes = accesses.map((access) => ({ resource, access }));
        const outcome = await askCredentials(target, { scopes });
        // What cannot be cut to the scopes may be refused.
        if (!outcome.ok) continue;
        const { scopesApplied } = outcome.message;
        require(scopesApplied, outcome.exchange, "scopes_applied = true, or an error: nothing wider");
      }
    },
  },
  {
    name: "cloud/scope-without-access",
    level: "slot",
    async run(target) {
      const { resource } = servedResource(target);
      const access = CloudAccess.UNSPECIFIED;
      const outcome = await askCredentials(target, { scopes: [{ resource, access }] });
      if (!outcome.ok) return;
      const { scopesApplied } = outcome.message;
      if (!scopesApplied) throw new Unproven("not_applicable", "scopes are not applied");
      require(false, outcome.exchange, "an error: a scope must say what is allowed");
    },
  },
  {
    name: "cloud/not-after-kept",
    level: "slot",
    async run(target) {
      const { vended } = await vend(target);
      let answers = 0;
      for (const seconds of ENDS_SECONDS) {
        const notAfter = inSeconds(seconds);
        const outcome = await askCredentials(target, { notAfter });
        // A provider whose sessions last longer at least leaves the plugin nothing but to refuse.
        if (!outcome.ok) continue;
        answers += 1;
        const kept = outcome.message.expiresAt <= notAfter;
        // Neither scopes nor leases: a plugin from before not_after.
        if (!kept && !vended.scopesApplied && vended.leaseId === "") {
          throw new Unproven("not_applicable", "not_after is not kept");
        }
        require(kept, outcome.exchange, `expires_at of ${notAfter} at most, which is not_after`);
      }
      if (answers === 0)
        throw new Unproven("skip", "the plugin refuses each not_after that the case asks for");
    },
  },
  {
    name: "cloud/each-user-their-own",
    level: "slot",
    async run(target) {
      const one = await vend(target, { userId: "conformance-a" });
      const other = await vend(target, { userId: "conformance-b" });
      const { exchange } = other;
      // Some values, such as AWS_REGION, are the same for all; not all of them may be.
      const names = Object.keys({ ...one.vended.credentials, ...other.vended.credentials });
      const differ = names.some((name) => one.vended.credentials[name] !== other.vended.credentials[name]);
      require(differ, exchange, "credentials of their own for each user");
      const { leaseId } = other.vended;
      require(leaseId === "" || leaseId !== one.vended.leaseId, exchange, "a lease of its own for each user");
    },
  },
];
