/**
 * Which of our packages each folder may import. Everything points down to the contracts; a folder that is not here
 * stands nowhere, and fails.
 */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "packages/contracts": [],
  "packages/plugin-sdk": ["@rat/contracts"],
  "packages/plugin-postgres": ["@rat/plugin-sdk"],
  "packages/conformance": ["@rat/contracts"],
  "packages/client": [],
  "packages/artifact": [],
  "packages/egress": [],
  "packages/executor-kit": ["@rat/plugin-sdk"],
  "packages/processes": [],
  "packages/cli": ["@rat/artifact", "@rat/client", "@rat/conformance"],
  "services/ratd": ["@rat/artifact", "@rat/contracts", "@rat/processes"],
  "services/quickstart": [],
  "services/runner": ["@rat/egress", "@rat/executor-kit", "@rat/plugin-sdk", "@rat/processes"],
  "services/container-executor": ["@rat/executor-kit", "@rat/plugin-sdk"],
  "services/auth-keycloak": ["@rat/plugin-sdk"],
  "services/sharing-plugin": ["@rat/plugin-sdk", "@rat/plugin-postgres"],
  "services/enforcement-plugin": ["@rat/plugin-sdk", "@rat/plugin-postgres"],
  "services/cloud-aws": ["@rat/plugin-sdk"],
  examples: ["@rat/client"],
};

/** Examples stand beside the package that they show, and import it by its name as their readers do. */
export const SHOWS_ITSELF = /^packages\/[^/]+\/examples\//;

/**
 * The floors of ratd, lowest first. A room (a folder, or a file beside the folders) imports from lower floors only,
 * so rooms of one floor know nothing of each other. docs/architecture.md shows the same list.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ["errors.ts", "scopes.ts", "version.ts", "pipeline-id.ts"],
  ["platform"],
  ["config"],
  ["schema", "events", "replicas"],
  ["health"],
  ["slots"],
  ["plugins"],
  ["access"],
  ["audit"],
  ["credentials"],
  ["pipelines", "warm-pool"],
  ["runs"],
  ["triggers"],
  ["http", "internal"],
  ["ratd.ts", "command-line.ts"],
  ["run.ts"],
  ["main.ts"],
];

/** The folder in which the floors stand. */
export const RATD = "services/ratd/src/";

/** A library that only some files may see, and which. */
interface Door {
  readonly library: RegExp;
  /** In words, for the message. */
  readonly name: string;
  readonly files: RegExp;
}

/** Doors of ratd: each library of the outside world is seen by the files that convert it, and by no others. */
export const DOORS: readonly Door[] = [
  {
    name: "the RPC library and generated code",
    // The words of a health are no code of the wire.
    library: /^(@connectrpc\/|@bufbuild\/|@rat\/contracts\/(?!health-words$))/,
    files:
      /^(errors\.ts|platform\/(connection\/|metered-transport\.ts)|slots\/([a-z]+\/remote-[a-z]+\.ts|remote-call\.ts|slot\.ts)|health\/rpc\/|runs\/report-service\.ts|internal\/internal-server\.ts)/,
  },
  {
    name: "PostgreSQL",
    library: /^pg$/,
    files: /^(platform\/(database|embedded-postgres)\/|replicas\/bulletin\.ts$)/,
  },
  { name: "undici", library: /^undici$/, files: /^platform\/connection\// },
  { name: "Fastify", library: /^(fastify$|@fastify\/)/, files: /^http\// },
];

/** Parts of lower floors that a room must not use, though it stands above them. */
export const CLOSED: readonly { readonly room: RegExp; readonly target: RegExp; readonly why: string }[] = [
  {
    room: /^http\//,
    target: /^platform\/(database|embedded-postgres|data-directory|connection)\//,
    why: "a route calls a service, which knows where the data lies",
  },
];
