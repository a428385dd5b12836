import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { baseImages, docker } from "./docker-engine.ts";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
const BASE = resolve(ROOT, "docker-compose.yml");

/** The overlay with the five example plugins. */
export const PRO = resolve(ROOT, "infra/docker-compose.pro.yml");

/** The overlay with sign-in, sharing, enforcement and credentials of AWS. */
export const ACCESS = resolve(ROOT, "infra/docker-compose.access.yml");

/** What of `docker inspect` the tests read. */
export interface Container {
  readonly State: { readonly Running: boolean; readonly StartedAt: string };
  readonly RestartCount: number;
  readonly Config: { readonly User: string; readonly Env: readonly string[] };
  readonly HostConfig: {
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: readonly string[] | null;
    readonly CapAdd: readonly string[] | null;
    readonly Privileged: boolean;
    readonly SecurityOpt: readonly string[] | null;
    readonly Memory: number;
    readonly NanoCpus: number;
    readonly PidsLimit: number | null;
  };
}

/** One use of docker-compose.yml, with names, images and a port of its own. Disposing removes all of it. */
export class DockerProject implements AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(name: string, port: number, images: Readonly<Record<string, string>>) {
    this.name = name;
    this.url = `http://127.0.0.1:${port}`;
    this.#env = {
      ...process.env,
      ...images,
      RAT_PORT: String(port),
      IMAGE_PREFIX: name,
      // The builder that takes local base images.
      DOCKER_BUILDKIT: "0",
    };
  }

  static async create(): Promise<DockerProject> {
    const images = await baseImages();
    return new DockerProject(`rat-test-${randomBytes(4).toString("hex")}`, await freePort(), images);
  }

  /** Runs `docker compose` with the base file and the overlays, from a folder that is not the repository's. */
  async compose(overlays: readonly string[], ...args: readonly string[]): Promise<string> {
    const files = [BASE, ...overlays].flatMap((file) => ["-f", file]);
    const { stdout } = await run(
      "docker",
      ["compose", "--progress=quiet", "--project-name", this.name, ...files, ...args],
      { cwd: tmpdir(), env: this.#env, maxBuffer: 64 * 1024 * 1024 },
    );
    return stdout.trim();
  }

  containerOf(service: string): string {
    return `${this.name}-${service}-1`;
  }

  async inspect(service: string): Promise<Container> {
    const [container] = JSON.parse(await docker("inspect", this.containerOf(service))) as Container[];
    if (container === undefined) throw new Error(`there is no container of ${service}`);
    return container;
  }

  /** Runs JavaScript in the container of a service. */
  evaluate(service: string, code: string): Promise<string> {
    return docker("exec", this.containerOf(service), "node", "--input-type=module", "-e", code);
  }

  /** What of the project there is: containers, networks and volumes. */
  async remains(): Promise<readonly string[]> {
    const filter = ["--filter", `label=com.docker.compose.project=${this.name}`];
    const lists = await Promise.all([
      docker("ps", "--all", "--quiet", ...filter),
      docker("network", "ls", "--quiet", ...filter),
      docker("volume", "ls", "--quiet", ...filter),
    ]);
    return lists.flatMap((list) => list.split("\n").filter((line) => line !== ""));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.compose([PRO], "down", "--volumes", "--timeout", "5", "--remove-orphans");
    const images = await docker("images", "--quiet", "--filter", `reference=${this.name}/*`);
    const ids = new Set(images.split("\n").filter((id) => id !== ""));
    if (ids.size > 0) await docker("rmi", "--force", ...ids);
  }
}
