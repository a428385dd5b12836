import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sharingConfig } from "./config.ts";

test("the guide has every setting, and no other", () => {
  const guide = readFileSync(new URL("../../../docs/how-to/share.md", import.meta.url), "utf8");
  const part = guide.split("## Settings of the sharing plugin")[1]?.split("\n## ")[0] ?? "";
  const settings = [...part.matchAll(/^\| `(\w+)` /gm)].map(([, name]) => name);
  expect(settings).toEqual(Object.keys(sharingConfig.properties));
});
