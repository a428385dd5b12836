import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Code } from "@connectrpc/connect";
import { CloudAccess, testPlugin } from "@rat/plugin-sdk";
import { expect, onTestFinished, test } from "vitest";
import { cloudAws } from "./cloud-aws.ts";

/** What a fake STS was asked, and how it answers the next call. */
class FakeSts implements AsyncDisposable {
  readonly asked: URLSearchParams[] = [];
  answer: { status: number; body: string } | "hang" | undefined;
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async start(): Promise<FakeSts> {
    let fake: FakeSts | undefined;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => {
        const asked = new URLSearchParams(body);
        fake?.asked.push(asked);
        const planned = asked.get("Action") === "GetCallerIdentity" ? undefined : fake?.answer;
        if (planned === "hang") return;
        const { status, body: text } = planned ?? { status: 200, body: good(asked, fake?.asked.length ?? 0) };
        response.writeHead(status, { "content-type": "text/xml" }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    fake = new FakeSts(server);
    return fake;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function good(asked: URLSearchParams, n: number): string {
  const action = asked.get("Action") ?? "";
  const seconds = Number(asked.get("DurationSeconds") ?? 3600);
  const expiration = new Date(Math.floor(Date.now() / 1000) * 1000 + seconds * 1000).toISOString();
  return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result><Arn>arn:aws:iam::1:user/x</Arn>
    <Credentials><AccessKeyId>ASIA${n}</AccessKeyId><SecretAccessKey>canary-secret-${n}</SecretAccessKey>
    <SessionToken>canary-token-${n}</SessionToken><Expiration>${expiration}</Expiration></Credentials>
    </${action}Result></${action}Response>`;
}

const failing = (status: number, code: string) => ({
  status,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>canary of AWS</Message></Error></ErrorResponse>`,
});

async function open(config: object = {}) {
  const sts = await FakeSts.start();
  onTestFinished(() => sts[Symbol.asyncDispose]());
  const lines: string[] = [];
  const plugin = await testPlugin(cloudAws({ after: () => () => undefined }), {
    config: {
      region: "eu-central-1",
      role_arn: "arn:aws:iam::123456789012:role/rat",
      endpoint: sts.url,
      access_key_id: "AKIA0000000000000000",
      secret_access_key: "canary-base-secret-0000",
      timeout_ms: 1000,
      ...config,
    },
    log: { write: (line) => lines.push(line) },
  });
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  return { sts, plugin, log: () => lines.join("") };
}

const inAnHour = () => BigInt(Math.floor(Date.now() / 1000) + 3600);
const asked = (more: object = {}) => ({
  provider: "aws",
  resource: "arn:aws:s3:::lake/team/*",
  userId: "alice@example.com",
  namespace: "team",
  scopes: [{ resource: "arn:aws:s3:::lake/team/*", access: CloudAccess.READ }],
  notAfter: inAnHour(),
  ...more,
});

test("gives a session of the role, cut to the scopes, in the name of the user", async () => {
  const { sts, plugin, log } = await open({ external_id: "rat-{namespace}" });
  const question = asked();
  const answer = await plugin.client.getCredentials(question);
  expect(answer).toMatchObject({ renewable: true, revocable: false, scopesApplied: true });
  expect(Object.keys(answer.credentials).sort()).toEqual([
    "AWS_ACCESS_KEY_ID",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
  ]);
  const request = sts.asked.at(-1);
  expect(request?.get("Action")).toBe("AssumeRole");
  expect(request?.get("ExternalId")).toBe("rat-team");
  expect(request?.get("RoleSessionName")).toMatch(/^alice@example\.com\.[0-9a-f]{10}$/);
  expect(JSON.parse(request?.get("Policy") ?? "")).toMatchObject({
    Statement: [
      { Action: ["s3:GetObject"], Resource: "arn:aws:s3:::lake/team/*" },
      { Action: ["s3:ListBucket"] },
    ],
  });
  expect(log()).not.toMatch(/canary/);
  const renewed = await plugin.client.renewCredentials({
    leaseId: answer.leaseId,
    notAfter: question.notAfter,
  });
  expect(renewed.credentials["AWS_SECRET_ACCESS_KEY"]).not.toBe(answer.credentials["AWS_SECRET_ACCESS_KEY"]);
  expect(sts.asked.at(-1)?.get("Policy")).toBe(sts.asked.at(-2)?.get("Policy"));
});

test("ends them in time: by the session, and sooner than STS can by the policy", async () => {
  const { sts, plugin } = await open();
  const soon = BigInt(Math.floor(Date.now() / 1000) + 120);
  const answer = await plugin.client.getCredentials(asked({ notAfter: soon }));
  expect(answer.expiresAt).toBe(soon);
  expect(sts.asked.at(-1)?.get("DurationSeconds")).toBe("900");
  const end = new Date(Number(soon) * 1000).toISOString().replace(".000Z", "Z");
  expect(sts.asked.at(-1)?.get("Policy")).toContain(`{"aws:CurrentTime":"${end}"}`);
  await expect(plugin.client.getCredentials(asked({ notAfter: 1n }))).rejects.toMatchObject({
    code: Code.InvalidArgument,
  });
});

test.each([
  ["another provider", { provider: "gcp" }, Code.Unimplemented],
  ["nobody", { userId: "" }, Code.InvalidArgument],
  ["everything", { scopes: [{ resource: "*", access: CloudAccess.READ }] }, Code.InvalidArgument],
  [
    "no access in particular",
    { scopes: [{ resource: "arn:aws:s3:::lake/team/*", access: 0 }] },
    Code.InvalidArgument,
  ],
  ["nothing", { resource: "", scopes: [] }, Code.InvalidArgument],
])("refuses %s without asking AWS", async (_name, more, code) => {
  const { sts, plugin } = await open();
  const before = sts.asked.length;
  await expect(plugin.client.getCredentials(asked(more))).rejects.toMatchObject({ code });
  expect(sts.asked).toHaveLength(before);
});

test("refuses what lies outside of allowed_resources", async () => {
  const { plugin } = await open({ allowed_resources: ["arn:aws:s3:::lake/other/*"] });
  await expect(plugin.client.getCredentials(asked())).rejects.toMatchObject({ code: Code.PermissionDenied });
});

test.each([
  ["AccessDenied", 403, Code.PermissionDenied, "role_arn"],
  ["InvalidClientTokenId", 403, Code.FailedPrecondition, "access_key_id"],
  ["ExpiredToken", 403, Code.FailedPrecondition, "expired"],
  ["PackedPolicyTooLarge", 400, Code.InvalidArgument, "too many"],
  ["SomethingNew", 400, Code.FailedPrecondition, "SomethingNew"],
])("says what %s means, and nothing of what AWS said", async (name, status, code, words) => {
  const { sts, plugin, log } = await open();
  sts.answer = failing(status, name);
  const refused = plugin.client.getCredentials(asked());
  await expect(refused).rejects.toMatchObject({ code, rawMessage: expect.stringContaining(words) });
  await expect(refused).rejects.not.toMatchObject({ rawMessage: expect.stringContaining("canary") });
  expect(log()).not.toMatch(/canary-/);
});

test.each([
  ["hangs", "hang" as const],
  ["answers nonsense", { status: 200, body: "<html>" }],
  ["answers nothing", { status: 200, body: "" }],
  [
    "answers without credentials",
    { status: 200, body: "<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>" },
  ],
])("is unavailable while STS %s", async (_name, answer) => {
  const { sts, plugin } = await open();
  sts.answer = answer;
  await expect(plugin.client.getCredentials(asked())).rejects.toMatchObject({ code: Code.Unavailable });
});

test("is down while AWS does not know it, and says what to do", async () => {
  const plugin = await testPlugin(cloudAws({ after: () => () => undefined }), {
    config: {
      region: "eu-central-1",
      role_arn: "arn:aws:iam::123456789012:role/rat",
      endpoint: "http://127.0.0.1:1",
      web_identity_token_file: "/nowhere/token",
    },
  });
  onTestFinished(() => plugin[Symbol.asyncDispose]());
  expect(plugin.health()).toMatchObject({
    status: "down",
    message: "web_identity_token_file cannot be read, or holds no token",
  });
  await expect(plugin.client.renewCredentials({ leaseId: "aws-unknown" })).rejects.toMatchObject({
    code: Code.NotFound,
  });
});

test.each([
  [{ secret_access_key: undefined }, "config.access_key_id: belongs together"],
  [{ web_identity_token_file: "/t" }, "config.web_identity_token_file: excludes"],
  [{ endpoint: "http://sts.example" }, "config.endpoint: must be an https URL"],
  [{ allowed_resources: ["arn:aws:s3:::b/../*"] }, "config.allowed_resources"],
  [{ role_arn: "rat" }, "config.role_arn"],
])("does not start with %j", async (config, message) => {
  await expect(open(config)).rejects.toThrow(message);
});
