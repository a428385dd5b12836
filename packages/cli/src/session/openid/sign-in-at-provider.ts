import type { Client, LoginOptions } from "@rat/client";
import type { Terminal } from "../../input/terminal.ts";
import { formatSpan } from "../../output/age.ts";
import { CliError } from "../../output/cli-error.ts";
import { printable } from "../../output/printable.ts";
import type { SessionCredential } from "../contexts/credential.ts";
import { deviceLogin, type DeviceCode } from "./device-login.ts";
import { discover } from "./discover.ts";

/** Signs a person in at the provider that the auth plugin of a ratd names. */
export async function signInAtProvider(
  client: Client,
  timeoutMs: number | undefined,
  terminal: Terminal,
): Promise<SessionCredential> {
  const { openid, auth_slot: state } = await client.loginOptions();
  if (openid === null) throw notOffered(state);
  const { issuer, client_id, scopes, resource } = openid;
  const endpoints = await discover(issuer, terminal);
  const origin = { issuer, client_id, ...(resource === null ? {} : { resource }) };
  const show = (code: DeviceCode): void => terminal.err(instructions(code));
  return deviceLogin({ origin, endpoints, scopes, timeoutMs, show }, terminal);
}

function instructions({ userCode, uri, completeUri, expiresInMs }: DeviceCode): string {
  const lines = [
    "Open this address in a browser, on any machine, and confirm the code:",
    `  ${uri}`,
    `  code ${userCode}`,
    ...(completeUri === undefined ? [] : ["or this one, with the code in it:", `  ${completeUri}`]),
    `The code works for ${formatSpan(expiresInMs / 1_000)}. Waiting for you …`,
  ];
  return `${lines.map(printable).join("\n")}\n`;
}

function notOffered(state: LoginOptions["auth_slot"]): CliError {
  const why = {
    builtin: "this ratd has no sign-in",
    active: "the auth plugin of this ratd names no OpenID provider",
    degraded: "the auth plugin of this ratd names no OpenID provider",
    fallback: "the auth plugin of this ratd is down",
    denying: "the auth plugin of this ratd is down",
    unknown: "the auth plugin of this ratd has not answered yet",
  }[state];
  return new CliError("login_not_offered", `${why}: use an API key`, {
    steps: [
      "rat login --api-key FILE, or - for stdin",
      ...(state === "builtin" ? [] : ["rat slots show auth"]),
    ],
  });
}
