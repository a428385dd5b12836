import { basename } from "node:path";
import type { CommandContext } from "../../kit/command-spec.ts";
import type { ExitCode } from "../../output/exit-codes.ts";
import { recordView } from "../../output/view.ts";
import { parseFileRef } from "./file-ref.ts";

/** `rat namespace download <path> [file]`: a file of a namespace, to a file here or to stdout. */
export async function namespaceDownload(context: CommandContext): Promise<ExitCode> {
  const { args, terminal } = context;
  const { namespace, path } = parseFileRef(args[0] ?? "");
  const file = args[1] ?? basename(path);
  const client = await context.connect();
  const content = await client.namespaces.files.download(namespace, path, terminal.interrupted);
  await terminal.save(file, content);
  if (file === "-") return 0;
  await context.show(
    recordView(
      { namespace, path, file },
      { name: file, text: () => [`wrote ${file} from ${namespace}/${path}`] },
    ),
  );
  return 0;
}
