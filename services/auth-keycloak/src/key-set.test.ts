import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { parseKeySet } from "./key-set.ts";

const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsaJwk = rsa.publicKey.export({ format: "jwk" });
const ecJwk = ec.publicKey.export({ format: "jwk" });

const usable = async (jwk: unknown): Promise<number> =>
  (await parseKeySet({ keys: [jwk] }, ALGORITHMS)).counts.usable;

test.each<[string, unknown]>([
  ["an RSA key", { ...rsaJwk, kid: "k" }],
  ["a key for signatures", { ...rsaJwk, use: "sig", alg: "RS256" }],
  ["a key to verify with", { ...ecJwk, key_ops: ["verify"] }],
  ["an Ed25519 key", generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" })],
])("%s may be used", async (_, jwk) => {
  expect(await usable(jwk)).toBe(1);
});

test.each<[string, unknown]>([
  ["a key for encryption", { ...rsaJwk, use: "enc" }],
  ["a key to encrypt with", { ...rsaJwk, key_ops: ["encrypt"] }],
  ["a key of an algorithm that is not allowed", { ...rsaJwk, alg: "RSA-OAEP" }],
  ["a secret", { kty: "oct", k: "c2VjcmV0", alg: "HS256" }],
  ["a private key", ec.privateKey.export({ format: "jwk" })],
  [
    "an RSA key of 1,024 bits",
    generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey.export({ format: "jwk" }),
  ],
  [
    "an RSA key of 1,024 bits and zeros",
    { ...rsaJwk, n: Buffer.concat([Buffer.alloc(128), Buffer.alloc(128, 0xff)]).toString("base64url") },
  ],
  ["an RSA key with exponent 1", { ...rsaJwk, e: "AQ" }],
  ["an RSA key without modulus", { kty: "RSA", e: "AQAB" }],
  [
    "a curve that is not allowed",
    generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey.export({ format: "jwk" }),
  ],
  ["a point off its curve", { ...ecJwk, x: Buffer.alloc(32, 1).toString("base64url") }],
  ["a curve without point", { kty: "EC", crv: "P-256" }],
  ["nothing", null],
  ["a list", [rsaJwk]],
])("%s may not be used", async (_, jwk) => {
  expect(await usable(jwk)).toBe(0);
});

test("keys are found by id and algorithm; of two without id neither is", async () => {
  const set = await parseKeySet(
    {
      keys: [
        { ...rsaJwk, kid: "a" },
        { ...ecJwk, kid: "a" },
        { ...rsaJwk, kid: "b" },
      ],
    },
    ALGORITHMS,
  );
  expect(set.find("a", "RS256")?.algorithm).toMatchObject({ name: "RSASSA-PKCS1-v1_5" });
  expect(set.find("a", "PS256")?.algorithm).toMatchObject({ name: "RSA-PSS" });
  expect(set.find("a", "ES256")?.algorithm).toMatchObject({ name: "ECDSA" });
  expect(set.find("c", "ES256")).toBeUndefined();
  expect(set.find("a", "RS384")).toBeUndefined();
  expect(set.find(undefined, "ES256")).toBeDefined();
  expect(set.find(undefined, "RS256")).toBeUndefined();
});

test.each([null, 7, [], {}, { keys: {} }, "{}"])("%j is no key set", async (document) => {
  await expect(parseKeySet(document, ALGORITHMS)).rejects.toThrow("is not a key set");
});
