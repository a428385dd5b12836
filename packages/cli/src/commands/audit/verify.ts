import type { AuditVerification } from "@rat/client";
import { textFlag } from "../../input/flags.ts";
import type { CommandContext } from "../../kit/command-spec.ts";
import { counted } from "../../output/counted.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { problemLine } from "./audit-view.ts";
import { verifyExport, type ExportVerification } from "./verify-export.ts";

/** `rat audit verify`: 0 when the log is whole, 1 when it was tampered with; with --file an export, without a ratd. */
export async function auditVerify(context: CommandContext): Promise<ExitCode> {
  const file = textFlag(context.flags, "file");
  const found = file === undefined ? await verifyLog(context) : await verifyFile(context, file);
  const { ok, records, writers, problems } = found;
  const [worst] = problems;
  await context.show(
    recordView(
      { ...found },
      {
        name: ok ? "ok" : "tampered",
        text: (paint) => [
          ok
            ? `${paint("ok", "good")}  ${counted(records, "record")} in ${counted(writers, "chain")}${remark(found)}`
            : `${paint("tampered", "bad")}  ${worst === undefined ? "" : problemLine(worst)}`,
          ...problems.slice(1).map(problemLine),
        ],
      },
    ),
  );
  return ok ? 0 : 1;
}

async function verifyLog(context: CommandContext): Promise<AuditVerification> {
  const client = await context.connect();
  return client.audit.verify({ timeoutMs: context.settings.timeoutMs });
}

async function verifyFile({ terminal }: CommandContext, file: string): Promise<ExportVerification> {
  return verifyExport(linesOf(await terminal.open(file)));
}

function remark(found: AuditVerification | ExportVerification): string {
  if ("filtered" in found) {
    return found.filtered ? "; a filtered export, so records may be missing between them" : "";
  }
  const { checkpoints, unchecked } = found;
  const others =
    unchecked === 0 ? "" : `, ${unchecked} of them sealed by keys of other replicas and not checked`;
  return `, ${counted(checkpoints, "checkpoint")}${others}`;
}

/** The lines of a text, read as they are used. */
async function* linesOf(content: Blob): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of content.stream()) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
