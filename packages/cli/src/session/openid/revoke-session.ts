import type { Terminal } from "../../input/terminal.ts";
import type { SessionCredential } from "../contexts/credential.ts";
import { discover } from "./discover.ts";
import { askProvider } from "./provider-http.ts";

/** Ends a session at its provider (RFC 7009), as far as the provider does that. Answers what could not be done. */
export async function revokeSession(
  session: SessionCredential,
  terminal: Terminal,
): Promise<string | undefined> {
  const { issuer, client_id, refresh_token: refreshToken, access_token: accessToken } = session;
  try {
    const { revocation } = await discover(issuer, terminal);
    if (revocation === undefined) return `${issuer} takes no tokens back`;
    const form =
      refreshToken === undefined
        ? { token: accessToken, token_type_hint: "access_token", client_id }
        : { token: refreshToken, token_type_hint: "refresh_token", client_id };
    const { status } = await askProvider(revocation, form, terminal);
    return status === 200 ? undefined : `${issuer} answered ${status}`;
  } catch (error) {
    terminal.interrupted.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
