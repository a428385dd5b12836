import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** What the probe calls; `id` gets the setuid bit. */
const PROGRAMS = ["id", "mount", "mknod", "unshare", "nsenter", "setpriv", "prlimit", "chroot"];

/** Builds an image that has the programs of this machine with which one tries to get out of a container. */
export function buildEscapeImage(base: string, tag: string): void {
  const work = mkdtempSync(join(tmpdir(), "rat-escape-"));
  try {
    for (const name of PROGRAMS) {
      const program = execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
      copy(work, realpathSync(program), `/usr/bin/${name}`);
      const libraries = execFileSync("ldd", [program], { encoding: "utf8" });
      for (const [, library = ""] of libraries.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)) {
        copy(work, realpathSync(library), library);
      }
    }
    // The folders are the image's too: a narrow umask would close them to its user.
    execFileSync(process.execPath, [join(import.meta.dirname, "../../infra/docker/open-to-all.mjs"), work]);
    chmodSync(join(work, "root/usr/bin/id"), 0o4755);
    writeFileSync(
      join(work, "Dockerfile"),
      `FROM ${base}\nCOPY root/ /\nRUN ["node", "-e", "fs.chmodSync('/usr/bin/id', 0o4755)"]\nVOLUME /declared\n`,
    );
    execFileSync("docker", ["build", "--quiet", "--tag", tag, work], {
      env: { ...process.env, DOCKER_BUILDKIT: "0" },
      stdio: ["ignore", "ignore", "pipe"],
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function copy(work: string, source: string, target: string): void {
  const path = join(work, "root", target);
  mkdirSync(dirname(path), { recursive: true });
  cpSync(source, path, { dereference: true });
}
