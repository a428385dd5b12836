/** What a request was made with, for the advice when it is refused. */
export interface SignIn {
  /** What names the credential: an option, a variable, or a context. Undefined for none. */
  readonly source: string | undefined;
  /** The context that would be signed in to. */
  readonly context: string | undefined;
  /** Why its session could not be renewed. */
  readonly problem: string | undefined;
}

/** Before it is known who would ask. */
export const NOT_SIGNED_IN: SignIn = { source: undefined, context: undefined, problem: undefined };
