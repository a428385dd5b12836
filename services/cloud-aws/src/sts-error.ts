import { STSServiceException } from "@aws-sdk/client-sts";
import { PluginError, type PluginErrorCode } from "@rat/plugin-sdk";

/** What the errors of STS mean to who asked, and what to do about them. */
const MEANINGS: Readonly<Record<string, readonly [PluginErrorCode, string]>> = {
  AccessDenied: [
    "permission_denied",
    "STS refuses to let us assume role_arn; check its trust policy and external_id",
  ],
  ExpiredToken: [
    "failed_precondition",
    "the credentials or the token of this plugin have expired; renew them",
  ],
  InvalidClientTokenId: [
    "failed_precondition",
    "AWS does not know access_key_id; check the plugin's credentials",
  ],
  SignatureDoesNotMatch: ["failed_precondition", "secret_access_key is not that of access_key_id"],
  InvalidIdentityToken: [
    "failed_precondition",
    "the role does not trust the token of web_identity_token_file",
  ],
  IDPRejectedClaim: ["failed_precondition", "the provider refuses the token of web_identity_token_file"],
  MalformedPolicyDocument: ["invalid_argument", "STS does not take the session policy made from the scopes"],
  PackedPolicyTooLarge: ["invalid_argument", "scopes: too many for one session; ask for fewer"],
  ValidationError: [
    "invalid_argument",
    "STS does not take the request; session_seconds may be beyond the role's limit",
  ],
  RegionDisabled: ["failed_precondition", "STS is switched off in this region for the account"],
  Throttling: ["resource_exhausted", "STS asks us to slow down; try again"],
  CredentialsProviderError: [
    "failed_precondition",
    "the plugin has no credentials of AWS; set access_key_id, web_identity_token_file, or those of the environment",
  ],
};

/** An error of a call to STS in our words. The text of AWS may hold what must not be told: it goes to the log alone. */
export function stsError(reason: unknown): PluginError {
  if (reason instanceof PluginError) return reason;
  // The SDK calls some of them by their code, others by the name of a class.
  const name = reason instanceof Error ? reason.name.replace(/Exception$/, "") : "";
  const [code, message] = MEANINGS[name] ?? fallback(reason);
  return new PluginError(code, message, { cause: reason });
}

function fallback(reason: unknown): readonly [PluginErrorCode, string] {
  if (!(reason instanceof STSServiceException))
    return ["unavailable", "STS cannot be reached; check endpoint and region"];
  return (reason.$metadata.httpStatusCode ?? 500) >= 500
    ? ["unavailable", "STS fails at the moment; try again"]
    : ["failed_precondition", `STS answers ${reason.name.slice(0, 64).replaceAll(/[^\w.]/g, "")}`];
}
