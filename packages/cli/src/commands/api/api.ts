import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { jsonText } from "../../output/json.ts";

/** `rat api <METHOD> <path>`: any request; the body of the answer goes to stdout as it is. */
export async function api(context: CommandContext): Promise<ExitCode> {
  const { args, settings, terminal } = context;
  const [method = "", path = ""] = args;
  const verb = method.toUpperCase();
  const data = context.flags["data"];
  if (!/^[A-Z]+$/u.test(verb)) throw new CliError("bad_usage", `"${method}" is not an HTTP method`);
  if (typeof data === "string" && (verb === "GET" || verb === "HEAD")) {
    throw new CliError("bad_usage", `${verb} carries no body; leave out --data`);
  }
  if (path.split("?")[0] === "/api/v1/events") {
    throw new CliError("bad_usage", "this route never ends", { steps: ["rat events -f"] });
  }
  const body = typeof data === "string" ? await parseData(data, context) : undefined;
  const client = await context.connect();
  const answer = await client.request(verb, path.startsWith("/") ? path : `/${path}`, body);

  const { format } = settings;
  if (format === "yaml") {
    const { stringify } = await import("yaml");
    terminal.out(stringify(answer.body ?? null));
  } else if (format === "json" || format === "ndjson") {
    terminal.out(jsonText(answer.body, format === "json" && terminal.isTerminal));
  } else if (typeof answer.body === "string") {
    terminal.out(answer.body.endsWith("\n") ? answer.body : `${answer.body}\n`);
  } else if (answer.body === undefined) {
    context.say(`${answer.status}, no body`);
  } else {
    terminal.out(jsonText(answer.body, terminal.isTerminal));
  }
  return 0;
}

async function parseData(data: string, { terminal }: CommandContext): Promise<unknown> {
  try {
    const text = data === "-" || data.startsWith("@") ? await terminal.read(data.replace(/^@/u, "")) : data;
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("bad_usage", `--data is not readable JSON: ${reason}`, { cause });
  }
}
