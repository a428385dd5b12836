import { expect, test } from "vitest";
import type { ImageFacts } from "./engine.ts";
import { isPinned, requireAllowed } from "./image-policy.ts";
import { IMAGE_ID, settings } from "./test-fixtures.ts";

const DIGEST = `registry.example/team/etl@sha256:${"b2".repeat(32)}`;
const image: ImageFacts = { id: IMAGE_ID, tags: ["team/etl:1"], digests: [], volumes: [] };

test("an image of the settings may run; another needs the list", () => {
  const config = settings({ images: { default: "base:1", allow: ["team/*", "exact:1"] } });
  for (const name of ["base:1", "team/etl:1", "exact:1"]) requireAllowed(name, image, config);
  for (const name of ["base:2", "teams/etl:1", "exact:11"]) {
    expect(() => requireAllowed(name, image, config)).toThrow(/images\.allow does not list it/);
  }
});

test("an image id may run when a name of the image may", () => {
  const config = settings({ images: { allow: ["team/*"] } });
  requireAllowed(IMAGE_ID, image, config);
  expect(() => requireAllowed(IMAGE_ID, { ...image, tags: ["other:1"] }, config)).toThrow(/does not list/);
  expect(() => requireAllowed(IMAGE_ID, undefined, config)).toThrow(/does not list/);
});

test("where digests are required, a tag is refused with the digest to use", () => {
  const config = settings({ images: { allow: ["*"], require_digest: true } });
  requireAllowed(IMAGE_ID, image, config);
  requireAllowed(DIGEST, undefined, config);
  expect(() => requireAllowed("team/etl:1", image, config)).toThrow(`use ${IMAGE_ID}`);
  expect(() => requireAllowed("team/etl:1", { ...image, digests: [DIGEST] }, config)).toThrow(
    `use ${DIGEST}`,
  );
  expect(() => requireAllowed("team/etl:1", undefined, config)).toThrow(/name it with its digest/);
});

test("only a whole sha256 pins", () => {
  expect([IMAGE_ID, DIGEST].every(isPinned)).toBe(true);
  expect(["sha256:a1", "a1a1a1", "etl:sha256", `${IMAGE_ID}x`, `x${IMAGE_ID}`].some(isPinned)).toBe(false);
});
