import manifest from "../package.json" with { type: "json" };

/** The version of rat. */
export const VERSION: string = manifest.version;
