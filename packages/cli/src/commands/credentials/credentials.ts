import type { Credentials, CredentialsRequest } from "@rat/client";
import { textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { renderFields } from "../../output/fields.ts";
import { recordView } from "../../output/view.ts";

const TYPES = ["namespace", "pipeline", "table"] as const;
const ACCESSES = ["read", "write"] as const;
const PROVIDERS = ["aws", "gcp", "azure"] as const;
const HIDDEN = "***";

/** `rat credentials <type> <id>`: the values leave only where they were asked for in so many words. */
export async function credentials(context: CommandContext): Promise<ExitCode> {
  const { flags, settings, terminal } = context;
  const request = parseRequest(context);
  const exports = flags["export"] === true;
  if (exports && settings.format !== "table") {
    throw new CliError("bad_usage", "--export is an output of its own; leave -o away");
  }
  const client = await context.connect();
  const given = await client.credentials(request);
  if (exports) {
    terminal.out(assignments(given));
    context.say(
      `Secret, and good until ${given.expires_at}. Undo: rat access leases revoke ${given.lease_id}`,
    );
    return 0;
  }
  const shown = settings.format === "json" ? given : { ...given, credentials: hidden(given.credentials) };
  const fields = [
    { label: "Lease", value: given.lease_id, tone: "strong" as const },
    { label: "For", value: `${given.resource_type} ${given.resource_id} (${given.access})` },
    { label: "Provider", value: given.provider },
    { label: "Resource", value: given.resource },
    { label: "Ends", value: given.expires_at },
    ...Object.keys(given.credentials).map((label) => ({ label, value: HIDDEN })),
  ];
  await context.show(
    recordView({ ...shown }, { name: given.lease_id, text: (paint) => renderFields(fields, paint) }),
  );
  context.say(
    settings.format === "json"
      ? "The output holds secrets: keep it out of logs."
      : "The values are hidden; --export or -o json prints them.",
  );
  context.say(`Undo: rat access leases revoke ${given.lease_id}`);
  return 0;
}

function parseRequest({ args, flags }: CommandContext): CredentialsRequest {
  const [type = "", id = ""] = args;
  const provider = choice(flags, "provider", PROVIDERS);
  return {
    resource_type: oneOf(type, TYPES, "the type"),
    resource_id: id,
    access: choice(flags, "access", ACCESSES) ?? "read",
    ...(provider === undefined ? {} : { provider }),
  };
}

function choice<Value extends string>(
  flags: Flags,
  name: string,
  values: readonly Value[],
): Value | undefined {
  const text = textFlag(flags, name);
  return text === undefined ? undefined : oneOf(text, values, `--${name}`);
}

function oneOf<Value extends string>(text: string, values: readonly Value[], what: string): Value {
  const value = values.find((one) => one === text);
  if (value !== undefined) return value;
  throw new CliError("bad_usage", `"${text}" is not ${what} of credentials; use ${values.join(", ")}`);
}

/** Assignments that a shell reads as they are, whatever the values hold. */
function assignments({ credentials: values }: Credentials): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (!/^[A-Za-z_]\w*$/u.test(name)) {
        throw new CliError("unexpected_answer", "a credential has a name that no shell takes", {
          steps: ["use -o json"],
        });
      }
      return `export ${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`;
    })
    .join("");
}

function hidden(values: Credentials["credentials"]): Credentials["credentials"] {
  return Object.fromEntries(Object.keys(values).map((name) => [name, HIDDEN]));
}
