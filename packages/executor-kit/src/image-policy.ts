import { PluginError } from "@rat/plugin-sdk";
import type { ImageFacts } from "./engine.ts";
import type { ExecutorSettings } from "./executor-settings.ts";

const PINNED = /(^|@)sha256:[0-9a-f]{64}$/;

/** True when the reference names one content for ever: an image id, or a name with a digest. */
export function isPinned(reference: string): boolean {
  return PINNED.test(reference);
}

/**
 * Lets an image through, or says why not. `image` is undefined while it is not on the engine; a name is checked then,
 * and an image id, which needs the tags that the image has, is not known.
 *
 * @throws PluginError `permission_denied` that names the setting, and the digest to use in place of a tag.
 */
export function requireAllowed(
  reference: string,
  image: ImageFacts | undefined,
  { images }: ExecutorSettings,
): void {
  // The images of the settings are the operator's word already.
  const patterns = [...images.allow, ...[images.default, images.sql].filter((name) => name !== undefined)];
  const byId = reference.startsWith("sha256:");
  const names = byId ? [reference, ...(image?.tags ?? []), ...(image?.digests ?? [])] : [reference];
  if (!names.some((name) => patterns.some((pattern) => matches(pattern, name)))) {
    throw new PluginError(
      "permission_denied",
      `image ${JSON.stringify(reference)}: the executor's setting images.allow does not list it`,
    );
  }
  if (!images.require_digest || isPinned(reference)) return;
  const pinned = image?.digests[0] ?? image?.id;
  throw new PluginError(
    "permission_denied",
    `image ${JSON.stringify(reference)}: a tag can change, and the executor's setting images.require_digest refuses ` +
      (pinned === undefined ? "tags; name it with its digest" : `tags; use ${pinned}`),
  );
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
