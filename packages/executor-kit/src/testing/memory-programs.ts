import type { ImageFacts } from "../engine.ts";
import type { MemoryProgram } from "./memory-engine.ts";

/** The one image of the tests. */
export const MEMORY_IMAGE: ImageFacts = {
  id: `sha256:${"a1".repeat(32)}`,
  tags: ["memory:1"],
  digests: [],
  volumes: [],
};

/** The programs of that image. */
export const MEMORY_PROGRAMS: Readonly<Record<string, MemoryProgram>> = {
  async say({ args: [info = "", warn = "", exitCode = "0"], print }) {
    print("info", `${info}\n`);
    await new Promise(setImmediate);
    print("warn", `${warn}\n`);
    return Number(exitCode);
  },
  async heeding({ told, print }) {
    print("info", "up\n");
    await told;
    return 0;
  },
  async deaf({ print }) {
    print("info", "up\n");
    return new Promise<never>(() => undefined);
  },
  async copy({ args: [from = "", to = ""], files, print }) {
    const content = files.get(from);
    if (content === undefined) return Promise.resolve(1);
    files.set(to, content);
    print("info", "copied\n");
    return 0;
  },
  async showA({ env, print }) {
    print("info", `${env["A"] ?? ""}\n`);
    return Promise.resolve(0);
  },
};
