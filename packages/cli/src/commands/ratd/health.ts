import type { CommandContext } from "../../kit/command-spec.ts";
import { formatLimit, formatSpan } from "../../output/age.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import type { Tone } from "../../output/style.ts";
import { renderTable, type Column } from "../../output/table.ts";
import { recordView } from "../../output/view.ts";
import { whyNotReady } from "./why-not-ready.ts";

type Unit = readonly [kind: string, name: string, health: string];

const TONES: Readonly<Record<string, Tone>> = { healthy: "good", degraded: "warning", down: "bad" };
const COLUMNS: readonly Column<Unit>[] = [
  { title: "KIND", value: ([kind]) => kind },
  { title: "NAME", value: ([, name]) => name },
  { title: "HEALTH", value: ([, , health]) => health, tone: ([, , health]) => TONES[health] ?? "plain" },
];

const DEFAULT_WAIT_MS = 60_000;
const POLL_MS = 500;
/** One question of a wait is given up after this, so that a hanging connection does not use up the whole wait. */
const QUESTION_MS = 5_000;

/** `rat health`: 0 while ratd is fine, 1 while it is degraded, 8 when it is not ready in time. */
export async function health(context: CommandContext): Promise<ExitCode> {
  if (context.flags["wait"] === true) await waitUntilReady(context);
  const client = await context.connect();
  const answer = await client.health();
  const units: readonly Unit[] = [
    ...Object.entries(answer.services).map(([name, state]) => ["service", name, state] as const),
    ...Object.entries(answer.plugins).map(([name, state]) => ["plugin", name, state] as const),
  ];
  const ok = answer.status === "ok";
  await context.show(
    recordView(answer, {
      name: answer.status,
      text: (paint) => [
        `${paint(answer.status, ok ? "good" : "bad")}  ratd ${answer.version}  up ${formatSpan(answer.uptime_seconds)}`,
        ...(units.length === 0 ? [] : renderTable(COLUMNS, units, paint)),
      ],
    }),
  );
  return ok ? 0 : 1;
}

async function waitUntilReady(context: CommandContext): Promise<void> {
  const { terminal, settings } = context;
  const limit = settings.timeoutMs ?? DEFAULT_WAIT_MS;
  const end = terminal.now() + limit;
  for (;;) {
    const left = end - terminal.now();
    const client = await context.connect({ timeoutMs: Math.max(1, Math.min(QUESTION_MS, left)) });
    const reason = await whyNotReady(client);
    if (reason === undefined) return;
    if (terminal.now() + POLL_MS >= end) {
      const detail = `ratd at ${client.address} was not ready within ${formatLimit(limit)}; ${reason}`;
      throw new CliError("timed_out", detail);
    }
    await terminal.sleep(POLL_MS, terminal.interrupted);
  }
}
