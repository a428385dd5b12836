import type { Terminal } from "../../input/terminal.ts";
import { formatLimit } from "../../output/age.ts";
import { CliError } from "../../output/cli-error.ts";
import type { SessionCredential } from "../contexts/credential.ts";
import type { discover } from "./discover.ts";
import { askProvider, unreachable, type ProviderAnswer } from "./provider-http.ts";
import { oauthError, sessionOf, type SessionOrigin } from "./tokens.ts";

/** What a person needs to approve a sign-in. */
export interface DeviceCode {
  readonly userCode: string;
  readonly uri: string;
  /** With the code in it. */
  readonly completeUri: string | undefined;
  readonly expiresInMs: number;
}

/** How to sign in. */
export interface DeviceLoginOptions {
  readonly origin: SessionOrigin;
  readonly endpoints: Awaited<ReturnType<typeof discover>>;
  readonly scopes: readonly string[];
  /** Undefined: as long as the code works. */
  readonly timeoutMs: number | undefined;
  readonly show: (code: DeviceCode) => void;
}

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";
/** RFC 8628: the interval without a word of the provider, what slow_down adds, and the default end. */
const INTERVAL_MS = 5_000;
const SLOW_DOWN_MS = 5_000;
const LONGEST_INTERVAL_MS = 60_000;
const DEFAULT_LIFE_MS = 600_000;

/** Signs a person in by the device authorization grant (RFC 8628), once the person has approved it elsewhere. */
export async function deviceLogin(
  options: DeviceLoginOptions,
  terminal: Terminal,
): Promise<SessionCredential> {
  const { origin, endpoints } = options;
  const { issuer, client_id, resource } = origin;
  if (endpoints.device === undefined) {
    throw failed(`${issuer} does not offer the device flow`, [
      "switch the device authorization grant on at the provider",
      "or use an API key: rat login --api-key FILE",
    ]);
  }
  // Providers may leave offline_access away without it (OpenID Connect Core, section 11).
  const prompt = options.scopes.includes("offline_access") ? "consent" : undefined;
  const asked = { client_id, scope: options.scopes.join(" "), resource, prompt };
  const answer = await askProvider(endpoints.device, asked, terminal);
  const started = terminal.now();
  const { device_code: deviceCode, interval } = answer.body;
  const code = deviceCodeOf(answer);
  if (code === undefined || typeof deviceCode !== "string") throw refused(answer, issuer);
  options.show(code);

  const ends = started + Math.min(code.expiresInMs, options.timeoutMs ?? Infinity);
  let waitMs = typeof interval === "number" && interval > 0 ? interval * 1_000 : INTERVAL_MS;
  for (;;) {
    if (terminal.now() + waitMs > ends) throw await tooLate(ends, code, options.timeoutMs, terminal);
    await terminal.sleep(waitMs, terminal.interrupted);
    const form = { grant_type: GRANT, device_code: deviceCode, client_id, resource };
    const now = terminal.now();
    const reply = await askProvider(endpoints.token, form, terminal).catch(unlessUnreachable);
    const session = reply && sessionOf(reply, origin, now);
    if (session !== undefined) return session;
    const error = reply === undefined ? undefined : oauthError(reply);
    if (error === "authorization_pending") continue;
    if (error === "slow_down") waitMs += SLOW_DOWN_MS;
    // Away for a moment: the code still works. Asked less often, as RFC 8628 says.
    else if (reply === undefined || reply.status >= 500) waitMs = Math.min(waitMs * 2, LONGEST_INTERVAL_MS);
    else throw refused(reply, issuer);
  }
}

function deviceCodeOf({ status, body }: ProviderAnswer): DeviceCode | undefined {
  const { user_code: userCode, verification_uri: uri, verification_uri_complete: complete } = body;
  if (status !== 200 || typeof userCode !== "string" || !isWebAddress(uri)) return undefined;
  const lifeMs = Number(body["expires_in"]) * 1_000;
  return {
    userCode,
    uri,
    completeUri: isWebAddress(complete) ? complete : undefined,
    expiresInMs: lifeMs > 0 ? lifeMs : DEFAULT_LIFE_MS,
  };
}

function isWebAddress(value: unknown): value is string {
  return typeof value === "string" && /^https?:\/\/[\u0021-\u007E]+$/u.test(value) && URL.canParse(value);
}

function unlessUnreachable(error: unknown): undefined {
  if (error instanceof CliError && error.code === "provider_unreachable") return undefined;
  throw error;
}

async function tooLate(
  ends: number,
  code: DeviceCode,
  timeoutMs: number | undefined,
  terminal: Terminal,
): Promise<CliError> {
  await terminal.sleep(Math.max(0, ends - terminal.now()), terminal.interrupted);
  if (timeoutMs !== undefined && timeoutMs < code.expiresInMs) {
    return new CliError("timed_out", `nobody approved the sign-in within ${formatLimit(timeoutMs)}`, {
      steps: ["rat login, with a longer --timeout or none"],
    });
  }
  return failed("the code ran out before the sign-in was approved", ["rat login"]);
}

function refused(answer: ProviderAnswer, issuer: string): CliError {
  const error = oauthError(answer);
  switch (error) {
    case "access_denied":
      return failed("the sign-in was declined, there or by the provider", ["rat login"]);
    case "expired_token":
      return failed("the code ran out before the sign-in was approved", ["rat login"]);
    case undefined:
      return unreachable(issuer, `the answer, ${answer.status}, is none to a sign-in`);
    default:
      return failed(`${issuer} refuses the sign-in: ${error}`, [
        "check login_client_id, login_scopes and login_resource of the auth plugin, and the client at the provider",
      ]);
  }
}

function failed(detail: string, steps: readonly string[]): CliError {
  return new CliError("login_failed", detail, { steps });
}
