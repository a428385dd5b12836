/**
 * Why a token stands for nobody. The reason goes to the caller and to the log, so it never holds anything of the
 * token.
 */
export class TokenRefusal extends Error {
  override readonly name = "TokenRefusal";
}
