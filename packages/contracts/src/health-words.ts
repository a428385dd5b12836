/**
 * The words that a plugin may answer as its health, best first; any other counts as unknown. Protobuf has no closed list
 * of texts, so it stands here.
 */
export const HEALTH_WORDS = ["healthy", "degraded", "down"] as const;

/** One of the words. */
export type HealthWord = (typeof HEALTH_WORDS)[number];
