#!/usr/bin/env node
import process from "node:process";
import { processTerminal } from "./input/process-terminal.ts";
import { run } from "./run.ts";

// `rat … | head` closes our stdout early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const exit = await run(process.argv.slice(2), processTerminal());
// Connections that are kept alive would hold the process for seconds; the callback lets the output leave first.
process.stdout.write("", () => process.exit(exit));
