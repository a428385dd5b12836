import type { Import } from "./source-files.ts";

/** Every circle of imports: the files of each strongly connected part, in order. Imports of types count. */
export function circlesOf(imports: readonly Import[]): readonly (readonly string[])[] {
  const next = Map.groupBy(imports, ({ file }) => file);
  const numbers = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const open = new Set<string>();
  const circles: string[][] = [];
  // Tarjan's algorithm.
  const visit = (file: string): number => {
    const number = numbers.size;
    numbers.set(file, number);
    lowest.set(file, number);
    path.push(file);
    open.add(file);
    for (const { target } of next.get(file) ?? []) {
      if (target === undefined) continue;
      const reached = numbers.has(target)
        ? open.has(target)
          ? numbers.get(target)
          : undefined
        : visit(target);
      lowest.set(file, Math.min(lowest.get(file) ?? number, reached ?? number));
    }
    const low = lowest.get(file) ?? number;
    if (low === number) {
      const part = path.splice(path.indexOf(file));
      for (const member of part) open.delete(member);
      if (part.length > 1) circles.push(part.toSorted());
    }
    return low;
  };
  for (const file of next.keys()) if (!numbers.has(file)) visit(file);
  return circles;
}
