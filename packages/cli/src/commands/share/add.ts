import type { NewGrant } from "@rat/client";
import { textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { expiryFlag } from "../../kit/expiry.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { grantView } from "./grant-view.ts";

const LEVELS = ["read", "write", "admin"] as const;

/** `rat access shares add <type> <id>`. */
export async function accessSharesAdd(context: CommandContext): Promise<ExitCode> {
  const { args, flags, terminal } = context;
  const [type = "", id = ""] = args;
  const expires = expiryFlag(context);
  const wanted: NewGrant = {
    resource_type: type,
    resource_id: id,
    ...grantee(flags),
    permission: permission(flags),
    ...(expires === undefined ? {} : { expires_at: expires }),
  };
  const client = await context.connect();
  const grant = await client.sharing.share(wanted);
  await context.show(grantView(grant, terminal.now()));
  context.say(`Undo: rat access shares remove ${grant.grant_id}`);
  return 0;
}

function grantee(flags: Flags): Pick<NewGrant, "grantee_id" | "grantee_type"> {
  const [user, role] = [textFlag(flags, "user"), textFlag(flags, "role")];
  if ((user === undefined) === (role === undefined)) {
    throw new CliError("bad_usage", "name whom to share with: either --user or --role");
  }
  return user === undefined
    ? { grantee_id: role ?? "", grantee_type: "role" }
    : { grantee_id: user, grantee_type: "user" };
}

function permission(flags: Flags): NewGrant["permission"] {
  const text = textFlag(flags, "permission");
  const level = LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  const what = text === undefined ? "is missing" : `${text} is no level`;
  throw new CliError("bad_usage", `--permission ${what}; use ${LEVELS.join(", ")}`);
}
