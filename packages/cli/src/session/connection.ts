import type { Client } from "@rat/client";
import type { Settings } from "../input/settings.ts";
import type { Terminal } from "../input/terminal.ts";
import type { SignIn } from "../output/sign-in.ts";
import { ContextStore } from "./contexts/context-store.ts";
import type { Session } from "./openid/session.ts";
import { resolveTarget, type Target } from "./target.ts";

/** How one command line reaches its ratd. What is saved is read only when a command asks for it. */
export class Connection {
  readonly contexts: ContextStore;
  readonly #settings: Settings;
  readonly #terminal: Terminal;
  #target: Promise<Target> | undefined;
  #known: Target | undefined;
  #session: Session | undefined;

  constructor(settings: Settings, terminal: Terminal) {
    this.contexts = new ContextStore(terminal);
    this.#settings = settings;
    this.#terminal = terminal;
  }

  /** What the requests were made with, as far as it is known. */
  get signIn(): SignIn {
    const { source, context } = this.#known ?? {};
    return { source, context, problem: this.#session?.problem };
  }

  /** The ratd of this command line. */
  async target(): Promise<Target> {
    this.#target ??= resolveTarget(this.#settings, this.#terminal, this.contexts);
    this.#known = await this.#target;
    return this.#known;
  }

  /** A client of it. A session that is about to end is renewed before, outside of the limit of a request. */
  async client(timeoutMs: number | undefined): Promise<Client> {
    const { address, credential, context } = await this.target();
    if (credential?.kind === "session" && context !== undefined && this.#session === undefined) {
      const { Session } = await import("./openid/session.ts");
      const deps = { context, address, store: this.contexts, terminal: this.#terminal };
      this.#session = new Session(credential, deps);
      await this.#session.token();
    }
    const { connect } = await import("./connect.ts");
    const { debug } = this.#settings;
    return connect({ address, credential, session: this.#session, debug, timeoutMs }, this.#terminal);
  }
}
