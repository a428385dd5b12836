import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { runConformance } from "@rat/conformance";
import { CloudAccess, CloudService } from "@rat/contracts/cloud";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { AccessLab, expectStatus } from "../support/access-lab.ts";
import { Moto, whyNoMoto } from "../support/moto.ts";
import { startPlugin } from "./sdk-process.ts";

const missing = whyNoMoto();
if (missing !== undefined) console.warn(`The tests against the STS of moto are skipped: ${missing}`);

const ROLE = "arn:aws:iam::123456789012:role/rat-data-access";

describe.skipIf(missing !== undefined)(`cloud-aws${missing === undefined ? "" : ` (${missing})`}`, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await Moto.start();
  }, 90_000);
  afterAll(async () => {
    await moto?.[Symbol.asyncDispose]();
  });

  /** The plugin as a process. */
  async function startCloud(more: object = {}) {
    const config = {
      region: "us-east-1",
      role_arn: ROLE,
      endpoint: moto.url,
      access_key_id: "AKIAIOSFODNN7EXAMPLE",
      secret_access_key: "canary-base-secret-access-key",
      ...more,
    };
    const plugin = await startPlugin("services/cloud-aws/src/main.ts", {
      RAT_PLUGIN_CONFIG: JSON.stringify(config),
      RAT_LOG_LEVEL: "debug",
    });
    const transport = createConnectTransport({
      baseUrl: plugin.url,
      httpVersion: "1.1",
      defaultTimeoutMs: 20_000,
    });
    return { ...plugin, client: createClient(CloudService, transport) };
  }

  const asked = (userId: string) => ({
    provider: "aws",
    resource: "arn:aws:s3:::lake/team/*",
    userId,
    namespace: "team",
    scopes: [{ resource: "arn:aws:s3:::lake/team/*", access: CloudAccess.WRITE }],
    notAfter: BigInt(Math.floor(Date.now() / 1000) + 3600),
  });

  /** Who AWS takes the holder of credentials for. */
  async function identity(credentials: Readonly<Record<string, string>>): Promise<string> {
    const client = new STSClient({
      region: "us-east-1",
      endpoint: moto.url,
      credentials: {
        accessKeyId: credentials["AWS_ACCESS_KEY_ID"] ?? "",
        secretAccessKey: credentials["AWS_SECRET_ACCESS_KEY"] ?? "",
        sessionToken: credentials["AWS_SESSION_TOKEN"] ?? "",
      },
    });
    const { Arn } = await client.send(new GetCallerIdentityCommand({}));
    client.destroy();
    return Arn ?? "";
  }

  it("passes the conformance suite of its slot", async () => {
    const { url } = await startCloud();
    const result = await runConformance("cloud", {
      address: url,
      config: { provider: "aws", resource: "arn:aws:s3:::lake/team/*" },
    });
    expect(result.cases.filter(({ status }) => status === "fail")).toEqual([]);
    expect(result.passed).toBe(true);
  }, 60_000);

  it("gives credentials that AWS knows, to each user their own", async () => {
    const { client, log } = await startCloud({ external_id: "rat-{namespace}" });
    const users = ["alice", "bob", "alice"];
    const answers = await Promise.all(users.map((user) => client.getCredentials(asked(user))));
    const arns = await Promise.all(answers.map(({ credentials }) => identity(credentials)));
    for (const [at, user] of users.entries()) {
      expect(arns[at]).toMatch(new RegExp(`:assumed-role/rat-data-access/${user}\\.[0-9a-f]{10}$`));
    }
    expect(new Set(answers.map(({ credentials }) => credentials["AWS_SESSION_TOKEN"])).size).toBe(3);
    for (const { credentials } of answers) expect(log()).not.toContain(credentials["AWS_SECRET_ACCESS_KEY"]);
    expect(log()).not.toContain("canary");
  }, 30_000);

  it("assumes the role by a token of an OpenID provider, which it reads anew each time", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rat-identity-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const file = join(folder, "token");
    const key = new TextEncoder().encode("the key of some provider, which moto does not check");
    const token = (sub: string) =>
      new SignJWT({ sub, aud: "sts.amazonaws.com" })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime("1h")
        .sign(key);
    await writeFile(file, await token("rat"));
    const { client } = await startCloud({
      access_key_id: undefined,
      secret_access_key: undefined,
      web_identity_token_file: file,
    });
    const { credentials } = await client.getCredentials(asked("alice"));
    expect(await identity(credentials)).toContain(":assumed-role/rat-data-access/alice.");
    await writeFile(file, "");
    await expect(client.getCredentials(asked("alice"))).rejects.toThrow(/web_identity_token_file/);
  }, 30_000);

  it("serves ratd: leases without secrets, cut to what was asked, and to nobody who may not", async () => {
    const plugin = await startCloud();
    await using lab = await AccessLab.start();
    const ratd = await lab.ratd({
      slots: { cloud: { image: "rat/cloud-aws:1", address: new URL(plugin.url).host } },
      more: {
        runs: { runners: [], credentials: { resource: "arn:aws:s3:::lake/{namespace}/*" } },
      },
    });
    const id = await lab.pipeline(ratd, "alice", "team");
    const grant = await lab.share(ratd, "alice", "bob", { resource_type: "pipeline", resource_id: id });
    const body = { resource_type: "pipeline", resource_id: id };
    const given = await expectStatus(200, ratd.call("/api/v1/credentials", { token: "bob", body }));
    expect(given.json).toMatchObject({ resource: "arn:aws:s3:::lake/team/bronze/p/*", access: "read" });
    const credentials = given.json["credentials"] as Record<string, string>;
    expect(await identity(credentials)).toContain("/bob.");
    const writing = await ratd.call("/api/v1/credentials", {
      token: "bob",
      body: { ...body, access: "write" },
    });
    expect(writing.status).toBe(403);
    const whole = { resource_type: "namespace", resource_id: "team" };
    expect((await ratd.call("/api/v1/credentials", { token: "bob", body: whole })).status).toBe(404);
    const gcp = await ratd.call("/api/v1/credentials", { token: "bob", body: { ...body, provider: "gcp" } });
    expect(gcp).toMatchObject({ status: 501, json: { code: "provider_not_supported" } });
    const list = await ratd.operate("/api/v1/leases");
    expect(list.json["leases"]).toMatchObject([
      { state: "failed", user_id: "bob", provider: "gcp" },
      { state: "active", user_id: "bob", access: "read", resource_id: id, renewable: true, revocable: false },
    ]);
    for (const secret of ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]) {
      expect(list.text + JSON.stringify(ratd.log)).not.toContain(credentials[secret]);
    }
    // The grant goes, and with it the lease, as far as the provider lets it.
    await expectStatus(204, ratd.call(`/api/v1/sharing/${grant}`, { token: "alice", method: "DELETE" }));
    await expect
      .poll(async () => (await ratd.operate(`/api/v1/leases/${String(given.json["lease_id"])}`)).json, {
        timeout: 5000,
      })
      .toMatchObject({
        state: "revoked",
        revoked_by: "ratd",
        reason: expect.stringContaining("cannot end them early"),
      });
  }, 60_000);
});
