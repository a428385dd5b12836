import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { EVENT_TOPICS } from "../../services/ratd/src/events/event-bus.ts";
import { TRIGGERING_EVENTS } from "../../services/ratd/src/events/triggering-events.ts";
import { ERROR_KINDS } from "../../services/ratd/src/errors.ts";
import { createMetrics } from "../../services/ratd/src/platform/metrics.ts";
import { RUN_STATES } from "../../services/ratd/src/runs/run.ts";
import { SLOT_STATES } from "../../services/ratd/src/slots/slot.ts";
import { ROOT } from "./source-files.ts";

const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", ...globPages()];
const SOURCES = globSync("services/ratd/src/**/*.ts", { cwd: ROOT }).filter(
  (file) => !file.endsWith(".test.ts"),
);

function globPages(): string[] {
  return globSync("docs/**/*.md", { cwd: ROOT }).toSorted();
}

describe("the metrics page", () => {
  const rows = tableRows(read("docs/reference/metrics.md"), /^rat_/);

  it("has every metric of a ratd, with its type, and no other", async () => {
    const { body } = await createMetrics("0.0.0").scrape();
    const types = [...body.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
    expect(types.length).toBeGreaterThan(10);
    expect(rows.map(([name, type]) => `${name} ${type}`).toSorted()).toEqual(types.toSorted());
  });

  it("has the labels of every metric", () => {
    const source = read("services/ratd/src/platform/metrics.ts");
    const labels = [...source.matchAll(/"(rat_\w+)",\s*"[^"]*",\s*\[([^\]]*)\]/g)].map(
      ([, name = "", list = ""]) => `${name}: ${words(list).join(" ")}`,
    );
    expect(rows.map(([name, , list = ""]) => `${name}: ${words(list).join(" ")}`).toSorted()).toEqual(
      labels.toSorted(),
    );
  });
});

describe("the events page", () => {
  const rows = tableRows(read("docs/reference/events.md"), /^[a-z]+\.[a-z.]+$/);

  it("has every event that is published, and no other", () => {
    const published = SOURCES.flatMap((file) => publishedIn(read(file)));
    expect(published.length).toBeGreaterThanOrEqual(5);
    expect(rows.map(([type]) => type ?? "").toSorted()).toEqual(published.toSorted());
  });

  it("has every event that can fire a trigger", () => {
    const types = new Set(rows.map(([type]) => type));
    expect(TRIGGERING_EVENTS.filter((type) => !types.has(type))).toEqual([]);
  });

  it("files each under its topic", () => {
    const topics = rows.flatMap(([, topic = ""]) => (topic === "" ? [] : [topic]));
    expect([...new Set(topics)].toSorted()).toEqual([...EVENT_TOPICS].toSorted());
  });
});

describe("the error codes page", () => {
  it("has every code with its status, in the order of the code", () => {
    const rows = tableRows(read("docs/reference/error-codes.md"), /^\[?`?[a-z_]+`?\]?/, 3);
    const kinds = Object.entries(ERROR_KINDS).map(([code, { status }]) => `${code} ${status}`);
    expect(rows.map(([code, status]) => `${code} ${status}`)).toEqual(kinds);
  });

  it("is the list that pages refer to", () => {
    const states = new Set<string>(SLOT_STATES);
    const known = new Set<string>([...Object.keys(ERROR_KINDS), ...states]);
    const strays = PAGES.flatMap((page) =>
      [...read(page).matchAll(/\b(?:4\d\d|50\d)\s+`([a-z]+(?:_[a-z]+)*)`/g)].flatMap(([, code = ""]) =>
        known.has(code) ? [] : [`${page}: ${code}`],
      ),
    );
    expect(strays).toEqual([]);
  });
});

describe("every page", () => {
  it("is found", () => {
    expect(PAGES.length).toBeGreaterThan(25);
  });

  it.each(PAGES)("%s links to what is there", (page) => {
    expect(brokenLinks(page, read(page))).toEqual([]);
  });

  it.each(PAGES)("%s names only npm scripts that exist", (page) => {
    expect(missingScripts(read(page))).toEqual([]);
  });

  it("is reachable from docs/README.md", () => {
    const reached = reachableFrom("docs/README.md");
    expect(globPages().filter((page) => !reached.has(page) && !reached.has(dirname(page)))).toEqual([]);
  });
});

describe("the checks themselves", () => {
  it("see a broken file, a broken anchor and a missing script", () => {
    const page =
      "See [a](docs/none.md), [b](CONTRIBUTING.md#no-such-part), [c](#nor-this) and `npm run none`.";
    expect(brokenLinks("README.md", page)).toEqual([
      "docs/none.md",
      "CONTRIBUTING.md#no-such-part",
      "#nor-this",
    ]);
    expect(missingScripts(page)).toEqual(["none"]);
    expect(missingScripts("npm ci && npm start, npm test")).toEqual([]);
  });

  it("see an event of a new kind", () => {
    expect(publishedIn('events.publish("slots", "slot.shaken", slot, {});')).toEqual(["slot.shaken"]);
    expect(() => publishedIn("events.publish(topic, typeOf(x), slot, {});")).toThrow("cannot tell");
  });
});

/** The cells of the table rows whose first cell fits; code marks and links are taken off. */
function tableRows(page: string, first: RegExp, cells = 8): string[][] {
  return page
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim().replace(/^\[`?([^`\]]*)`?\]\([^)]*\)$/, "$1"))
        .map((cell) => (/^`[^`]*`$/.test(cell) ? cell.slice(1, -1) : cell))
        .slice(0, cells),
    )
    .filter(([name = ""]) => first.test(name) && name !== "Code");
}

function words(list: string): string[] {
  return [...list.matchAll(/[a-z_]+/g)].map(([word]) => word).toSorted();
}

/** What a template of an event type stands for: the values that its last part takes. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  // A slot without a plugin never changes, so there is no slot.builtin.
  "slot.${state}": SLOT_STATES.filter((state) => state !== "builtin").map((state) => `slot.${state}`),
  "plugin.health.${health.status}": ["healthy", "degraded", "down", "unknown"].map(
    (status) => `plugin.health.${status}`,
  ),
  "run.${state}": RUN_STATES.map((state) => `run.${state}`),
  "service.health.${state}": ["service.health.healthy", "service.health.down"],
};

/** The event types that a source publishes, and those that it writes to a stream itself. */
function publishedIn(source: string): string[] {
  const calls = [...source.matchAll(/\bevents\.publish\(\s*[^,]+,\s*(?:"([^"]+)"|`([^`]+)`|([^,]+)),/g)];
  const types = calls.flatMap(([call, plain, template, other]) => {
    if (plain !== undefined) return [plain];
    const parts = PARTS[template ?? ""];
    if (parts === undefined) throw new Error(`cannot tell the event types of ${call} (${template ?? other})`);
    return parts;
  });
  const written = [...source.matchAll(/event: ([a-z]+\.[a-z.]+)\\n/g)].map(([, type = ""]) => type);
  return [...types, ...written];
}

/** The targets of Markdown links that are neither code nor addresses of other places. */
function linksOf(page: string): string[] {
  const text = page.replaceAll(/^```[\s\S]*?^```$/gm, "").replaceAll(/`[^`\n]*`/g, "code");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

/** The files and folders to which the links of a page and of the pages behind it lead. */
function reachableFrom(start: string): Set<string> {
  const reached = new Set([start]);
  for (const page of reached) {
    if (!page.endsWith(".md") || !existsSync(join(ROOT, page))) continue;
    for (const link of linksOf(read(page))) {
      const [path = ""] = link.split("#", 1);
      if (path !== "") reached.add(relative(ROOT, resolve(ROOT, dirname(page), path)));
    }
  }
  return reached;
}

/** The links of a page that lead nowhere: no such file, or no such heading in it. */
function brokenLinks(page: string, text: string): string[] {
  return linksOf(text).filter((link) => {
    const [path = "", anchor] = link.split("#", 2);
    const file = path === "" ? join(ROOT, page) : resolve(ROOT, dirname(page), path);
    if (path !== "" && !existsSync(file)) return true;
    if (anchor === undefined) return false;
    return !anchorsOf(path === "" ? text : readFileSync(file, "utf8")).has(anchor);
  });
}

/** The anchors of a page's headings, as code hosts make them. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/^#{1,6} (.*)$/gm)];
  return new Set(
    headings.map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}

/** The npm scripts that a text names and package.json lacks. */
function missingScripts(text: string): string[] {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
  const named = [...text.matchAll(/\bnpm (?:run (?:-s )?([a-z:-]+)|(start|test)\b)/g)];
  return named
    .map(([, script, short]) => script ?? short ?? "")
    .filter((name) => scripts[name] === undefined);
}
