import type { Lease } from "@rat/client";
import { numberFlag, textFlag, type Flags } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { listView } from "../../output/view.ts";
import { leaseColumns } from "./lease-view.ts";

const STATES = ["issuing", "active", "expired", "failed", "revoked"] as const;

/** `rat access leases list`. */
export async function accessLeasesList(context: CommandContext): Promise<ExitCode> {
  const { flags, terminal } = context;
  const filter = {
    state: stateFlag(flags),
    run_id: textFlag(flags, "run"),
    user_id: textFlag(flags, "user"),
    limit: numberFlag(flags, "limit", { min: 1, max: 1_000_000 }),
  };
  const client = await context.connect();
  const leases = await client.leases.list(filter);
  const columns = leaseColumns(terminal.now());
  await context.show(listView(leases, { columns, name: ({ id }) => id, empty: "No leases here." }));
  return 0;
}

function stateFlag(flags: Flags): Lease["state"] | undefined {
  const text = textFlag(flags, "state");
  if (text === undefined) return undefined;
  const state = STATES.find((one) => one === text);
  if (state !== undefined) return state;
  throw new CliError("bad_usage", `--state ${text} is none; use ${STATES.join(", ")}`);
}
