/** The provider could not be asked, or answered what no provider should. The message is for the operator. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
}
