import type { Terminal } from "../../input/terminal.ts";
import type { ContextStore } from "../contexts/context-store.ts";
import type { SessionCredential } from "../contexts/credential.ts";
import { withContext, type SavedContexts } from "../contexts/saved-contexts.ts";
import { sameAddress } from "../same-address.ts";
import { discover } from "./discover.ts";
import { askProvider } from "./provider-http.ts";
import { oauthError, sessionOf } from "./tokens.ts";

/** What a session works with. */
export interface SessionDeps {
  /** The context that it is saved in. */
  readonly context: string;
  /** Where its tokens may go. */
  readonly address: string;
  readonly store: ContextStore;
  readonly terminal: Terminal;
}

/** A saved session while a command uses it. Several rat share one: what another has renewed is taken over. */
export class Session {
  readonly #deps: SessionDeps;
  #credential: SessionCredential;
  #renewing: Promise<boolean> | undefined;
  #problem: string | undefined;

  constructor(credential: SessionCredential, deps: SessionDeps) {
    this.#credential = credential;
    this.#deps = deps;
  }

  /** Why it could not be renewed. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The access token, renewed when it is about to end. Also one that has ended, when it cannot be renewed. */
  async token(): Promise<string> {
    const { renew_at: renewAt, access_token: token } = this.#credential;
    if (renewAt !== undefined && Date.parse(renewAt) <= this.#deps.terminal.now()) await this.renew(token);
    return this.#credential.access_token;
  }

  /** Replaces an access token that is of no use any more; false when there is no other. */
  async renew(used: string): Promise<boolean> {
    if (this.#credential.access_token !== used) return true;
    this.#renewing ??= this.#renew(used).finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  async #renew(used: string): Promise<boolean> {
    this.#problem = undefined;
    try {
      await this.#deps.store.update((saved) => this.#renewSaved(used, saved));
    } catch (error) {
      this.#deps.terminal.interrupted.throwIfAborted();
      this.#problem = error instanceof Error ? error.message : String(error);
      if (this.#credential.access_token !== used) {
        // The provider has taken the old refresh token back: the next rat has none.
        this.#deps.terminal.err(`The session was renewed, but not kept: ${this.#problem}. Sign in again.\n`);
      }
    }
    return this.#credential.access_token !== used;
  }

  /** Under the lock of the file: providers take a refresh token once, and end the session when it comes twice. */
  async #renewSaved(used: string, saved: SavedContexts): Promise<SavedContexts> {
    const { context, address, terminal } = this.#deps;
    const present = saved.contexts.get(context);
    if (present?.credential?.kind !== "session" || !sameAddress(present.address, address)) {
      this.#problem = "it was signed out meanwhile";
      return saved;
    }
    const { credential } = present;
    if (credential.access_token !== used) {
      this.#credential = credential;
      return saved;
    }
    const { refresh_token: refreshToken, client_id, resource } = credential;
    if (refreshToken === undefined) {
      this.#problem = "the provider gave no refresh token; offline_access among login_scopes asks for one";
      return saved;
    }
    const { token: endpoint } = await discover(credential.issuer, terminal);
    const now = terminal.now();
    const form = { grant_type: "refresh_token", refresh_token: refreshToken, client_id, resource };
    const answer = await askProvider(endpoint, form, terminal);
    const renewed = sessionOf(answer, credential, now);
    if (renewed === undefined) {
      this.#problem = `${credential.issuer} refuses: ${oauthError(answer) ?? `status ${answer.status}`}`;
      return saved;
    }
    this.#credential = { ...renewed, refresh_token: renewed.refresh_token ?? refreshToken };
    return withContext(saved, context, { ...present, credential: this.#credential });
  }
}
