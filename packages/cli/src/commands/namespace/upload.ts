import { basename } from "node:path";
import type { CommandContext } from "../../kit/command-spec.ts";
import { CliError } from "../../output/cli-error.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { parseFileRef } from "./file-ref.ts";

/** `rat namespace upload <file> [target]`: stores a file below raw/. */
export async function namespaceUpload(context: CommandContext): Promise<ExitCode> {
  const [file = "", target] = context.args;
  const { namespace, path } = parseFileRef(
    target === undefined ? `raw/${basename(file)}` : folderTarget(target, file),
  );
  const content = await context.terminal.open(file).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("bad_usage", `${file} cannot be read: ${reason}`, { cause });
  });
  const client = await context.connect();
  const stored = await client.namespaces.files.upload(namespace, path, content);
  await context.show(
    recordView(
      { namespace, ...stored },
      { name: stored.path, text: () => [`stored ${namespace}/${stored.path}, ${stored.size} bytes`] },
    ),
  );
  return 0;
}

/** A target that ends with a slash is a folder. */
function folderTarget(target: string, file: string): string {
  return target.endsWith("/") ? target + basename(file) : target;
}
