/** Where a caller may go. */
export interface EgressPolicy {
  /** Whether plain HTTP is allowed besides HTTPS. */
  readonly plainHttp: boolean;
  /**
   * The hosts that an operator listed, each with its port when that is not the usual one, in lower case; undefined
   * where every public host may be asked. A listed IP literal may be private: the operator named that very address.
   */
  readonly hosts: readonly string[] | undefined;
  /** Private addresses to which names may lead, since an operator listed them. Without ports and brackets. */
  readonly privateAddresses: readonly string[];
  /** What an operator changes to allow more, as the end of a sentence: `SOME_SETTING names those that are`. */
  readonly remedy: string;
}
