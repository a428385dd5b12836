import { importJWK, type CryptoKey, type JWK } from "jose";
import { ALGORITHMS, type KeyKind } from "./algorithms.ts";
import { ProviderError } from "./provider-error.ts";

/** Keys beyond these are ignored: no provider has so many, and each costs an import. */
const MAX_KEYS = 64;
/** NIST SP 800-131A: RSA keys below 2,048 bits are not for use. Above 8,192 bits checking is a burden, not a gain. */
const RSA_BITS = { least: 2048, most: 8192 };

/** One key, ready for one algorithm. */
export interface UsableKey {
  readonly kid: string | undefined;
  readonly alg: string;
  readonly key: CryptoKey;
}

/** The keys of a provider that may check signatures. */
export class KeySet {
  readonly #keys: readonly UsableKey[];
  /** How many keys were published, and how many of them may be used. */
  readonly counts: { readonly published: number; readonly usable: number };

  constructor(keys: readonly UsableKey[], counts: KeySet["counts"]) {
    this.#keys = keys;
    this.counts = counts;
  }

  /** The key for a token. One without a key id gets a key only where just one comes into question. */
  find(kid: string | undefined, alg: string): CryptoKey | undefined {
    const fitting = this.#keys.filter(
      (entry) => entry.alg === alg && (kid === undefined || entry.kid === kid),
    );
    return kid !== undefined || fitting.length === 1 ? fitting[0]?.key : undefined;
  }
}

/**
 * Reads a JSON Web Key Set. Keys that are not for signatures of the allowed algorithms, are weak or malformed, are
 * left out; so are private ones, which somebody published by mistake and everybody has.
 *
 * @throws ProviderError when the document is no key set.
 */
export async function parseKeySet(document: unknown, algorithms: readonly string[]): Promise<KeySet> {
  if (
    typeof document !== "object" ||
    document === null ||
    !("keys" in document) ||
    !Array.isArray(document.keys)
  ) {
    throw new ProviderError("the document at jwks_uri is not a key set");
  }
  const published: unknown[] = document.keys;
  const imported = await Promise.all(
    published
      .slice(0, MAX_KEYS)
      .filter(isObject)
      .map((jwk) => importKey(jwk, algorithms)),
  );
  const usable = imported.filter((keys) => keys.length > 0).length;
  return new KeySet(imported.flat(), { published: published.length, usable });
}

type Fields = Readonly<Record<string, unknown>>;

async function importKey(jwk: Fields, algorithms: readonly string[]): Promise<UsableKey[]> {
  if (!isForSignatures(jwk) || "d" in jwk || "k" in jwk || isWeak(jwk)) return [];
  const kid = typeof jwk.kid === "string" ? jwk.kid : undefined;
  const fitting = algorithms.filter((alg) => fits(jwk, alg));
  const keys = await Promise.all(
    fitting.map(async (alg) => {
      try {
        const key = await importJWK(publicPart(jwk), alg);
        return key instanceof Uint8Array ? [] : [{ kid, alg, key }];
      } catch {
        // A point off its curve, or a number that is none.
        return [];
      }
    }),
  );
  return keys.flat();
}

function isForSignatures({ use, key_ops: operations }: Fields): boolean {
  if (use !== undefined && use !== "sig") return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes("verify"));
}

function isWeak({ kty, n, e }: Fields): boolean {
  if (kty !== "RSA") return false;
  if (typeof n !== "string" || typeof e !== "string") return true;
  const bits = bitLength(Buffer.from(n, "base64url"));
  const exponent = Buffer.from(e, "base64url");
  const tooSmall = bitLength(exponent) < 2 || bitLength(exponent) > 33 || (exponent.at(-1) ?? 0) % 2 === 0;
  return bits < RSA_BITS.least || bits > RSA_BITS.most || tooSmall;
}

function bitLength(bytes: Buffer): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first - 1) * 8 + (32 - Math.clz32(bytes[first] ?? 0));
}

function fits(jwk: Fields, alg: string): boolean {
  const kind: KeyKind | undefined = ALGORITHMS.get(alg);
  if (kind === undefined || jwk.kty !== kind.kty || jwk.crv !== kind.crv) return false;
  return jwk.alg === undefined || jwk.alg === alg;
}

/** Only the members that make the key: nothing else a provider sends can change what it means. */
function publicPart({ kty, crv, n, e, x, y }: Fields): JWK {
  const members = Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => typeof value === "string");
  return Object.fromEntries(members);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
