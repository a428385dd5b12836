import { createHmac, generateKeyPairSync, KeyObject, sign } from "node:crypto";
import { CompactEncrypt, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import type { AuthLab } from "./auth-keycloak-lab.ts";
import { makeSigningKey } from "./signing-provider.ts";

/** A token that must not become an identity, and what it tries. */
export interface EvilToken {
  readonly name: string;
  readonly token: string;
}

type Claims = Readonly<Record<string, unknown>>;

/** Keys that a provider publishes and that must check no signature: for encryption, and too short. */
export function unfitKeys(): {
  readonly published: unknown[];
  readonly encryption: KeyObject;
  readonly weak: KeyObject;
} {
  const encryption = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
  return {
    published: [
      { ...encryption.publicKey.export({ format: "jwk" }), kid: "encryption", use: "enc" },
      { ...weak.publicKey.export({ format: "jwk" }), kid: "weak", use: "sig", alg: "RS256" },
    ],
    encryption: encryption.privateKey,
    weak: weak.privateKey,
  };
}

/**
 * The corpus of evil tokens, after RFC 8725 and the faults of known libraries. `attacker` is an address that nothing
 * may ask. The skew is the plugin's.
 */
export async function evilTokens(
  lab: AuthLab,
  unfit: ReturnType<typeof unfitKeys>,
  { attacker, skew }: { readonly attacker: string; readonly skew: number },
): Promise<EvilToken[]> {
  const { key, claims, token, now } = lab;
  const good = await token();
  const [header = "", payload = "", signature = ""] = good.split(".");
  const mallory = await makeSigningKey(key.kid, key.alg);
  const forged = (more: object, from = mallory): Promise<string> =>
    new SignJWT(claims()).setProtectedHeader({ alg: from.alg, kid: key.kid, ...more }).sign(from.privateKey);
  const ours = KeyObject.from(key.privateKey);
  const head = { alg: key.alg, kid: key.kid, typ: "JWT" };
  const raw = (payload: string | object | Buffer, more: string | object = {}): string =>
    signRaw(ours, typeof more === "string" ? more : { ...head, ...more }, payload);
  const without = (name: string): Claims =>
    Object.fromEntries(Object.entries(claims()).filter(([claim]) => claim !== name));
  const missing = async (name: string): Promise<EvilToken> => ({
    name: `no ${name}`,
    token: await lab.provider.sign(without(name), key),
  });
  const hmac = (secret: string | Buffer, alg = "HS256"): string => {
    const input = `${encode({ alg, kid: key.kid, typ: "JWT" })}.${payload}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  const pem = await exportSPKI(key.publicKey);
  const der = Buffer.from(pem.replaceAll(/-----[^-]+-----|\s/g, ""), "base64");
  const jwk = JSON.stringify(await exportJWK(key.publicKey));
  const other = await makeSigningKey("other-curve", "ES384");
  const wrongCurve = await makeSigningKey(key.kid, "ES512");
  const encryption = await generateKeyPair("ECDH-ES", { extractable: true });
  const says = async (name: string, more: Claims, head: object = {}): Promise<EvilToken> => ({
    name,
    token: await token(more, head),
  });
  const tokens: EvilToken[] = [
    ...["none", "None", "NONE", "nOnE", ""].map((alg) => ({
      name: `alg ${JSON.stringify(alg)}, no signature`,
      token: `${encode({ alg, typ: "JWT" })}.${payload}.`,
    })),
    {
      name: "alg none with the good signature",
      token: `${encode({ alg: "none", kid: key.kid })}.${payload}.${signature}`,
    },
    { name: "no alg", token: `${encode({ kid: key.kid })}.${payload}.${signature}` },
    { name: "alg a list", token: `${encode({ alg: [key.alg], kid: key.kid })}.${payload}.${signature}` },
    { name: "HS256 by the public key as PEM", token: hmac(pem) },
    { name: "HS256 by the public key as DER", token: hmac(der) },
    { name: "HS256 by the public key as JWK", token: hmac(jwk) },
    { name: "HS256 by an empty secret", token: hmac("") },
    { name: "kid that walks to /dev/null", token: await forged({ kid: "../../../../dev/null" }) },
    { name: "kid with SQL", token: await forged({ kid: "x' UNION SELECT 'key'--" }) },
    { name: "kid with a command", token: await forged({ kid: "k|curl attacker" }) },
    { name: "kid of 10 kB", token: await forged({ kid: "k".repeat(10_000) }) },
    {
      name: "kid of another form",
      token: `${encode({ alg: key.alg, kid: { $ne: "" } })}.${payload}.${signature}`,
    },
    { name: "kid __proto__", token: await forged({ kid: "__proto__" }) },
    { name: "signed by another key under our kid", token: await forged({}) },
    { name: "signed by another key without kid", token: await forged({ kid: undefined }) },
    { name: "jku to the attacker", token: await forged({ jku: `${attacker}/jwks`, kid: "evil" }) },
    { name: "jku to the attacker under our kid", token: await forged({ jku: `${attacker}/jwks` }) },
    { name: "x5u to the attacker", token: await forged({ x5u: `${attacker}/cert` }) },
    { name: "jwk in the header", token: await forged({ jwk: await exportJWK(mallory.publicKey) }) },
    { name: "x5c in the header", token: await forged({ x5c: [der.toString("base64")] }) },
    { name: "crit unknown", token: raw(claims(), { crit: ["exp"], exp: 1 }) },
    { name: "crit b64", token: raw(claims(), { crit: ["b64"], b64: true }) },
    { name: "crit empty", token: raw(claims(), { crit: [] }) },
    await says("header typ of a logout token", {}, { typ: "logout+jwt" }),
    await says("header typ of a DPoP proof", {}, { typ: "dpop+jwt" }),
    await says("aud of another", { aud: "grafana", azp: "grafana" }),
    await says("aud a list without us", { aud: ["grafana", "account"], azp: "grafana" }),
    await says("aud that begins like us", { aud: "rat-admin", azp: "grafana" }),
    await says("aud in other case", { aud: "RAT", azp: "grafana" }),
    await says("aud an object", { aud: { rat: true } }),
    await says("iss of another", { iss: "https://evil.example" }),
    await says("iss with a slash at its end", { iss: `${lab.provider.issuer}/` }),
    await says("iss that goes on", { iss: `${lab.provider.issuer}.evil.example` }),
    await says("iss a list", { iss: [lab.provider.issuer] }),
    await says("expired by exactly the skew", { exp: now() - skew }),
    await says("expired by a second more than the skew", { exp: now() - skew - 1 }),
    await says("nbf beyond the skew", { nbf: now() + skew + 1 }),
    await says("nbf a text", { nbf: "0" }),
    await says("iat beyond the skew", { iat: now() + skew + 1 }),
    ...(await Promise.all(["exp", "iat", "aud", "iss", "sub"].map(missing))),
    await says("exp a text", { exp: String(now() + 300) }),
    await says("exp in milliseconds", { exp: (now() + 300) * 1000 }),
    await says("exp null (NaN in JSON)", { exp: null }),
    { name: "exp 1e999", token: raw(JSON.stringify(claims({ exp: 1 })).replace('"exp":1', '"exp":1e999')) },
    await says("sub empty", { sub: "" }),
    await says("sub a number", { sub: 1 }),
    await says("sub anonymous", { sub: "anonymous" }),
    { name: "signature stripped", token: `${header}.${payload}.` },
    { name: "signature left out", token: `${header}.${payload}` },
    { name: "signature cut short", token: good.slice(0, -4) },
    {
      name: "signature of another token",
      token: `${header}.${payload}.${(await token({ sub: "bob" })).split(".")[2]}`,
    },
    { name: "payload of another token", token: `${header}.${encode(claims({ sub: "root" }))}.${signature}` },
    { name: "all-zero signature", token: `${header}.${payload}.${Buffer.alloc(64).toString("base64url")}` },
    {
      name: "signature as DER",
      token: `${header}.${payload}.${encode("0\u0006\u0002\u0001\u0001\u0002\u0001\u0001")}`,
    },
    { name: "a curve that is not allowed", token: await forged({ kid: "other-curve" }, other) },
    { name: "another curve under our kid", token: await forged({}, wrongCurve) },
    {
      name: "alg of another kind than the key",
      token: `${encode({ alg: "RS256", kid: key.kid })}.${payload}.${signature}`,
    },
    {
      name: "signed by the key for encryption",
      token: signRaw(unfit.encryption, { alg: "ES256", kid: "encryption" }, claims()),
    },
    {
      name: "signed by an RSA key of 1024 bits",
      token: signRaw(unfit.weak, { alg: "RS256", kid: "weak" }, claims()),
    },
    await says("ID token of Keycloak", { typ: "ID", aud: "rat", scope: "openid" }),
    await says("refresh token of Keycloak", { typ: "Refresh", scope: "openid" }),
    await says("offline token of Keycloak", { typ: "Offline", scope: "openid" }),
    await says("DPoP token of Keycloak", { typ: "DPoP", scope: "openid" }),
    await says("token that is bound to a key", { cnf: { jkt: "x" } }),
    await says("ID token of another provider", { typ: undefined, aud: "rat", nonce: "n" }),
    {
      name: "encrypted token",
      token: await new CompactEncrypt(Buffer.from(JSON.stringify(claims())))
        .setProtectedHeader({ alg: "ECDH-ES", enc: "A128GCM" })
        .encrypt(encryption.publicKey),
    },
    { name: "signed token in a signed token", token: raw(good) },
    { name: "two dots", token: ".." },
    { name: "empty parts", token: `${header}..${signature}` },
    { name: "four parts", token: `${good}.${signature}` },
    { name: "Unicode in a part", token: `${header}.${payload}.${signature.slice(0, -1)}é` },
    { name: "base64 padding", token: `${good}==` },
    { name: "a line break at the end", token: `${good}\n` },
    {
      name: "a blank in the payload",
      token: `${header}.${payload.slice(0, 4)} ${payload.slice(4)}.${signature}`,
    },
    { name: "the other base64 alphabet", token: `${header}.${payload}.${signature.slice(0, -2)}+/` },
    { name: "junk in unused bits", token: nudged(good) },
    { name: "the scheme before it", token: `Bearer ${good}` },
    { name: "JSON serialization", token: JSON.stringify({ protected: header, payload, signature }) },
    { name: "a claim twice", token: raw(JSON.stringify(claims()).replace("{", '{"sub":"bob",')) },
    {
      name: "a claim twice, once escaped",
      token: raw(JSON.stringify(claims()).replace("{", '{"s\\u0075b":"bob",')),
    },
    {
      name: "alg twice",
      token: raw(JSON.stringify(claims()), `{"alg":"none","alg":"${key.alg}","kid":"${key.kid}"}`),
    },
    { name: "payload a list", token: raw(JSON.stringify([claims()])) },
    { name: "payload not JSON", token: raw("sub=alice") },
    { name: "payload not UTF-8", token: raw(Buffer.from([0x7b, 0xff, 0x7d])) },
    { name: "longer than 16 KiB", token: await token({ padding: "x".repeat(16 * 1024) }) },
  ];
  return tokens;
}

/** Signs any header and payload whatever, as no library would. EC keys give ES256, RSA keys RS256. */
function signRaw(key: KeyObject, header: string | object, payload: string | object | Buffer): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

function encode(value: string | object | Buffer): string {
  if (Buffer.isBuffer(value)) return value.toString("base64url");
  return Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
}

/** The same token with another last character that stands for the same bytes. */
function nudged(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? "") + 1];
}
