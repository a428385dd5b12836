import manifest from "../package.json" with { type: "json" };

/** The version of this ratd. */
export const VERSION: string = manifest.version;
