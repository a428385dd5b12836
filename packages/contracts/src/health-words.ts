/** The words that a plugin may answer as its health, best first; any other counts as unknown. Written by hand: protobuf has no closed list of texts. */
export const HEALTH_WORDS = ["healthy", "degraded", "down"] as const;

/** One of the words. */
export type HealthWord = (typeof HEALTH_WORDS)[number];
