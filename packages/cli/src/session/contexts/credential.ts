/** What a session of an OpenID provider consists of. Times are RFC 3339. */
export interface SessionCredential {
  readonly kind: "session";
  readonly issuer: string;
  readonly client_id: string;
  /** What the access token is for (RFC 8707). */
  readonly resource?: string;
  /** Secret. */
  readonly access_token: string;
  /** Secret. Without one the session ends with its access token. */
  readonly refresh_token?: string;
  /** When the access token ends; absent when the provider did not say. */
  readonly expires_at?: string;
  /** From when on it is renewed before it is used. */
  readonly renew_at?: string;
}

/** What somebody is known by at a ratd. */
export type Credential =
  | { readonly kind: "api_key"; readonly api_key: string }
  | { readonly kind: "token"; readonly token: string }
  | SessionCredential;
