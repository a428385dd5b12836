/** The plugin's name: the last path segment of its image, without tag and digest. */
export function nameOfImage(image: string): string {
  const withoutDigest = image.split("@", 1)[0] ?? "";
  const segment = withoutDigest.slice(withoutDigest.lastIndexOf("/") + 1);
  return segment.split(":", 1)[0] ?? "";
}

/** Whether the text can be an image reference whose name RAT can use as a plugin id. */
export function isImageReference(image: string): boolean {
  return !/\s/.test(image) && /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/.test(nameOfImage(image));
}
