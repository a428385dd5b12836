import { readFileSync } from "node:fs";

/** Numbers that no convention gives to users: between those of containers and 2^31. */
const UNUSED = 0x7000_0000;
/** Where only so many numbers exist, as in containers with users of their own. */
const SMALL = 50_000;
/** From the first user of runs to the first group of namespaces. */
const GROUPS_AFTER = 8192;

/** The first of the numbers that runs get as users and namespaces as groups. */
export interface IdBase {
  readonly users: number;
  readonly groups: number;
}

/** Chooses numbers for users and groups. `wanted` is a number from the settings; undefined leaves the choice. */
export function idBase(wanted: number | undefined, uidMap = readUidMap()): IdBase {
  const users = wanted ?? (mapped(UNUSED, uidMap) ? UNUSED : SMALL);
  return { users, groups: users + GROUPS_AFTER };
}

function mapped(id: number, uidMap: string): boolean {
  return uidMap.split("\n").some((line) => {
    const [inside = Number.NaN, , count = 0] = line.trim().split(/\s+/).map(Number);
    return id >= inside && id + 2 * GROUPS_AFTER < inside + count;
  });
}

function readUidMap(): string {
  try {
    return readFileSync("/proc/self/uid_map", "utf8");
  } catch {
    return "";
  }
}
