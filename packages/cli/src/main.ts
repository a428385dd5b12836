#!/usr/bin/env node
import process from "node:process";
import { processTerminal } from "./process-terminal.ts";
import { run } from "./run.ts";

// `rat … | head` closes our stdout early; that is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

const exit = await run(process.argv.slice(2), processTerminal());
process.exitCode = exit;
// After an interruption a request may still be open; nobody waits for it.
if (exit === 130) process.exit(exit);
