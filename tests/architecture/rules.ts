import { CLOSED, DOORS, FLOORS, PACKAGES, RATD, SHOWS_ITSELF } from "./floors.ts";
import type { Import } from "./source-files.ts";

/** What is wrong with an import, in words; undefined when nothing is. */
export function violationOf(found: Import): string | undefined {
  return crossesPackages(found) ?? crossesFloors(found) ?? opensDoor(found);
}

/** What is wrong with where a file stands; undefined when nothing is. */
export function misplacement(path: string): string | undefined {
  if (packageOf(path) === undefined) {
    return `${path} stands in no package that tests/architecture/floors.ts names`;
  }
  const room = roomOf(path);
  return room === undefined || floorOf(path) !== undefined
    ? undefined
    : `${path}: the room ${room} stands on no floor`;
}

/** The package or service that a path belongs to; undefined when it stands nowhere. */
export function packageOf(path: string): string | undefined {
  return Object.keys(PACKAGES).find((folder) => path.startsWith(`${folder}/`));
}

/** The floor of a path of ratd, from 0; undefined when its room stands on none. */
export function floorOf(path: string): number | undefined {
  const room = roomOf(path);
  const floor = FLOORS.findIndex((rooms) => room !== undefined && rooms.includes(room));
  return floor === -1 ? undefined : floor;
}

function crossesPackages({ file, specifier, target }: Import): string | undefined {
  const own = packageOf(file);
  if (own === undefined) return misplacement(file);
  if (target !== undefined) {
    const ofTests = file.endsWith(".test.ts") && target.startsWith("tests/support/");
    return ofTests || target.startsWith(`${own}/`) ? undefined : `${file} must not reach into ${target}`;
  }
  const ours = /^@rat\/[^/]+/.exec(specifier)?.[0];
  if (ours === undefined || PACKAGES[own]?.includes(ours) === true) return undefined;
  const itself = SHOWS_ITSELF.test(file) && own === `packages/${ours.slice("@rat/".length)}`;
  return itself ? undefined : `${file} must not import ${specifier}`;
}

function crossesFloors({ file, target }: Import): string | undefined {
  const from = roomOf(file);
  if (from === undefined) return undefined;
  const floor = floorOf(file);
  if (floor === undefined) return misplacement(file);
  const to = target === undefined ? undefined : roomOf(target);
  if (to === undefined || to === from) return undefined;
  const below = floorOf(target ?? "");
  if (below === undefined) return `${file} must not import ${target}: the room ${to} stands on no floor`;
  if (below < floor) return undefined;
  return `${file} (floor ${floor + 1}) must not import ${target} (floor ${below + 1}): only lower floors`;
}

function opensDoor({ file, specifier, target }: Import): string | undefined {
  if (!file.startsWith(RATD) || file.endsWith(".test.ts")) return undefined;
  const inside = file.slice(RATD.length);
  const door = DOORS.find(({ library, files }) => library.test(specifier) && !files.test(inside));
  if (door !== undefined) return `${file} must not see ${door.name} (${specifier})`;
  const there = target?.slice(RATD.length) ?? "";
  const closed = CLOSED.find((rule) => rule.room.test(inside) && rule.target.test(there));
  return closed && `${file} must not import ${target}: ${closed.why}`;
}

function roomOf(path: string): string | undefined {
  const room = path.startsWith(RATD) ? path.slice(RATD.length).split("/", 1)[0] : undefined;
  return room?.replace(/\.test\.ts$/, ".ts");
}
