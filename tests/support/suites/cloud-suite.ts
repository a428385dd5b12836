import { CloudService } from "@rat/contracts/cloud";
import { expect } from "vitest";
import type {
  CloudPort,
  Credentials,
  CredentialsRequest,
} from "../../../services/ratd/src/slots/cloud/cloud.ts";
import { checkText } from "./answer-checks.ts";
import { portCases, runCases, type Implementation, type PortCalls, type PortCase } from "./port-suite.ts";

const { getCredentials, renewCredentials, revokeCredentials } = CloudService.method;

/** The time at which a cloud port under test lives. */
export const NOW = Date.UTC(2026, 0, 1);
const SECONDS = BigInt(NOW / 1000);
const IN_AN_HOUR = new Date(NOW + 3_600_000);
/** How far a plugin's clock may be ahead. */
const SKEW_MS = 60_000;
const MALFORMED = { refused: "plugin_malformed" } as const;

const RESOURCE = "arn:aws:s3:::lake/team/*";
/** To read and write the whole of a resource, for an hour. */
const REQUEST: CredentialsRequest = {
  provider: "aws",
  resource: RESOURCE,
  userId: "alice",
  scopes: [{ resource: RESOURCE, access: "write" }],
  notAfter: IN_AN_HOUR,
  namespace: "team",
  runId: "",
};

/** Replies with credentials that nobody can use, or that live longer than they may. */
const BAD_CREDENTIALS = {
  "no credentials": [{ credentials: {}, expiresAt: SECONDS + 60n }, MALFORMED],
  "credentials that have ended": [{ credentials: { KEY: "k" }, expiresAt: SECONDS }, MALFORMED],
  "credentials without an end": [{ credentials: { KEY: "k" }, expiresAt: 0n }, MALFORMED],
  "an end beyond all dates": [{ credentials: { KEY: "k" }, expiresAt: 2n ** 62n }, MALFORMED],
  "credentials that outlive what was asked": [
    { credentials: { KEY: "k" }, expiresAt: SECONDS + 3600n + 61n },
    MALFORMED,
  ],
} as const;

const CLOUD_CALLS: PortCalls<CloudPort> = {
  getCredentials: {
    rpc: getCredentials,
    ask: (port, context) => port.getCredentials(REQUEST, context),
    check({ leaseId, ...credentials }) {
      checkCredentials(credentials);
      checkText(leaseId, 512);
    },
    mishaps: { empty: MALFORMED, lacking: { refused: "provider_not_supported" } },
    replies: {
      ...BAD_CREDENTIALS,
      "a lease_id with a line break": [
        { credentials: { KEY: "k" }, expiresAt: SECONDS + 60n, leaseId: "a\nb" },
        MALFORMED,
      ],
      "a lease_id without end": [
        { credentials: { KEY: "k" }, expiresAt: SECONDS + 60n, leaseId: "x".repeat(513) },
        MALFORMED,
      ],
    },
  },
  renew: {
    rpc: renewCredentials,
    ask: (port, context) => port.renew("lease-1", IN_AN_HOUR, context),
    check: checkCredentials,
    mishaps: { empty: MALFORMED },
    replies: BAD_CREDENTIALS,
  },
  revoke: {
    rpc: revokeCredentials,
    ask: (port, context) => port.revoke("lease-1", context),
    check: (revoked) => expect(revoked).toBeTypeOf("boolean"),
    mishaps: { empty: { answer: false } },
  },
};

function checkCredentials({ values, expiresAt }: Credentials): void {
  expect(Object.keys(values)).not.toEqual([]);
  expect(expiresAt.getTime()).toBeGreaterThan(NOW);
  expect(expiresAt.getTime()).toBeLessThanOrEqual(IN_AN_HOUR.getTime() + SKEW_MS);
}

/** What every cloud slot promises. */
export function cloudCases(implementation: Implementation<CloudPort>): readonly PortCase[] {
  return portCases(CLOUD_CALLS, implementation);
}

/** Tests an implementation of the cloud slot. */
export function cloudSuite(name: string, implementation: Implementation<CloudPort>): void {
  runCases(name, "cloud", cloudCases(implementation));
}
