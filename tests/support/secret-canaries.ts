import { randomBytes } from "node:crypto";

/** Secrets that exist once, to be sent everywhere and then looked for. */
export class SecretCanaries {
  readonly #names = new Map<string, string>();

  /** How many there are. */
  get size(): number {
    return this.#names.size;
  }

  /** A secret without any shape that would give it away. */
  plain(name: string): string {
    return this.keep(name, `Zq${randomBytes(15).toString("hex")}`);
  }

  /** An API key that opens nothing. */
  apiKey(name: string): string {
    const secret = this.keep(name, randomBytes(32).toString("hex"));
    return `rat_${randomBytes(8).toString("hex")}_${secret}`;
  }

  /** A token as OpenID providers make them. */
  jwt(name: string): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signature = this.keep(name, randomBytes(24).toString("hex"));
    return `${part({ alg: "HS256" })}.${part({ sub: "canary", jti: signature })}.${signature}`;
  }

  /** Takes note of a secret that somebody else made. */
  keep(name: string, secret: string): string {
    if (secret.length < 16) throw new Error(`the secret ${name} is too short to be looked for`);
    this.#names.set(secret, name);
    return secret;
  }

  /** The names of those that stand in a text, as they are or encoded. */
  foundIn(text: string): readonly string[] {
    return [...this.#names].flatMap(([secret, name]) => {
      const forms = [
        secret,
        Buffer.from(secret).toString("base64").replace(/=+$/, ""),
        encodeURIComponent(secret),
      ];
      return forms.some((form) => text.includes(form)) ? [name] : [];
    });
  }
}
