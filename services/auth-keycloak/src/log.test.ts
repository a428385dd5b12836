import { expect, test } from "vitest";
import { openAuthLab } from "../../../tests/support/auth-keycloak-lab.ts";

test("neither log nor health nor refusals hold tokens, secrets or claims", async () => {
  const secret = "canary-client-secret";
  const lab = await openAuthLab({ config: { client_secret: secret } });
  const opaque = "canary-opaque-token";
  const signed = await lab.token({
    email: "canary-mail@example.com",
    realm_access: { roles: ["canary-role"] },
  });
  const refusals = [
    await lab.token({ exp: 1, jti: "canary-jti" }),
    await lab.token({ iss: "https://canary-issuer.example" }),
    await lab.token({ aud: "canary-audience" }),
    await lab.token({ typ: "canary-type" }),
    await lab.token({}, { kid: "canary-kid" }),
    await lab.token({}, { kid: "canary kid" }),
    await lab.token({}, { typ: "canary-typ" }),
    `${signed}canary`,
    opaque,
  ];
  await lab.identify(signed);
  const told: string[] = [];
  for (const token of refusals) {
    await lab.identify(token).catch((error: unknown) => told.push(String(error)));
  }
  lab.provider.introspection = { status: 500, body: `{"error":"canary-error"}` };
  lab.provider.jwks = { status: 200, body: `{"canary-document":1}` };
  lab.clock.advance(600_000);
  await lab.identify(opaque).catch((error: unknown) => told.push(String(error)));
  expect(told).toHaveLength(refusals.length + 1);

  const all = [lab.log(), JSON.stringify(lab.plugin.health()), ...told].join("\n");
  expect(lab.log()).toContain("token refused");
  expect(all).not.toMatch(/canary/i);
  for (const token of [signed, ...refusals]) {
    for (const part of token.split(".")) if (part.length > 16) expect(all).not.toContain(part);
  }
  expect(all).not.toContain(Buffer.from(`rat:${secret}`).toString("base64"));
});
