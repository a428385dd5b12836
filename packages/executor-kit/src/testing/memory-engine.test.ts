import { engineSuite } from "./engine-suite.ts";
import { MemoryEngine } from "./memory-engine.ts";
import { MEMORY_IMAGE, MEMORY_PROGRAMS } from "./memory-programs.ts";

engineSuite("in memory", () =>
  Promise.resolve({
    engine: new MemoryEngine(MEMORY_PROGRAMS, [MEMORY_IMAGE]),
    image: "memory:1",
    programs: {
      say: (info, warn, exitCode) => ["say", info, warn, String(exitCode)],
      heeding: ["heeding"],
      deaf: ["deaf"],
      copy: (from, to) => ["copy", from, to],
      showA: ["showA"],
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
);
