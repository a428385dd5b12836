import { engineSuite } from "../../packages/executor-kit/src/testing/engine-suite.ts";
import { connectToDocker } from "../../services/container-executor/src/docker-connection.ts";
import { DockerEngine } from "../../services/container-executor/src/docker-engine.ts";
import { baseImages } from "../support/docker-engine.ts";
import { whyNoEngine } from "../support/executor-lab.ts";

const missing = whyNoEngine();
if (missing !== undefined) console.warn(`The engine suite on Docker is skipped: ${missing}`);

/** Programs that Node.js in the base image carries out. */
const node = (code: string) => ["node", "-e", code] as const;
const stay = "console.log('up'); setInterval(() => {}, 1000);";

engineSuite(
  "Docker",
  async () => ({
    engine: new DockerEngine(connectToDocker(undefined)),
    image: (await baseImages())["BASE_IMAGE"] ?? "",
    programs: {
      say: (info, warn, exitCode) =>
        node(
          `console.log(${JSON.stringify(info)}); setTimeout(() => { console.error(${JSON.stringify(warn)}); process.exitCode = ${exitCode}; }, 50)`,
        ),
      heeding: node(`process.on("SIGTERM", () => process.exit(0)); ${stay}`),
      deaf: node(`process.on("SIGTERM", () => {}); ${stay}`),
      copy: (from, to) =>
        node(
          `require("fs").copyFileSync(${JSON.stringify(from)}, ${JSON.stringify(to)}); console.log("copied")`,
        ),
      showA: node("console.log(process.env.A)"),
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
  missing,
);
