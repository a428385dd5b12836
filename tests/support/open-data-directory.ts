// Run with a directory as its argument: opens it, says how that went to the parent process, and keeps it.
import { openDataDirectory } from "../../services/ratd/src/platform/data-directory/data-directory.ts";
import { RatError } from "../../services/ratd/src/errors.ts";

const path = process.argv[2];
if (path === undefined) throw new Error("Name a directory.");
process.on("message", () => undefined);
try {
  await openDataDirectory({ path });
  process.send?.("open");
} catch (error) {
  const { code, message } = RatError.from(error);
  process.send?.(`${code}: ${message}`);
}
