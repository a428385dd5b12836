/** The kind of key that an algorithm needs. */
export interface KeyKind {
  readonly kty: "RSA" | "EC" | "OKP";
  /** The curve; absent for RSA. */
  readonly crv?: string;
}

/**
 * The signature algorithms that can be configured, all asymmetric. With HS256 the provider's public key would be a
 * password that everybody knows, and "none" is no signature, so neither is here and no setting can add it.
 */
export const ALGORITHMS: ReadonlyMap<string, KeyKind> = new Map<string, KeyKind>([
  ["RS256", { kty: "RSA" }],
  ["RS384", { kty: "RSA" }],
  ["RS512", { kty: "RSA" }],
  ["PS256", { kty: "RSA" }],
  ["PS384", { kty: "RSA" }],
  ["PS512", { kty: "RSA" }],
  ["ES256", { kty: "EC", crv: "P-256" }],
  ["ES384", { kty: "EC", crv: "P-384" }],
  ["ES512", { kty: "EC", crv: "P-521" }],
  ["EdDSA", { kty: "OKP", crv: "Ed25519" }],
  ["Ed25519", { kty: "OKP", crv: "Ed25519" }],
]);
