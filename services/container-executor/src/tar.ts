import type { ContainerFile } from "@rat/executor-kit";

const BLOCK = 512;

/** Packs a few small entries as the engine takes them (ustar). */
export function packTar(entries: readonly ContainerFile[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const content = entry.content ?? Buffer.alloc(0);
    const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
    return [headerOf(entry, content.length), content, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** The content of the first file of an archive; undefined without one. */
export function firstFileOf(archive: Buffer): Buffer | undefined {
  if (archive.length < BLOCK) return undefined;
  const type = String.fromCharCode(archive[156] ?? 0);
  if (type !== "0" && type !== "\0") return undefined;
  const size = Number.parseInt(archive.toString("latin1", 124, 135).replaceAll("\0", "").trim(), 8);
  return Number.isNaN(size) ? undefined : archive.subarray(BLOCK, BLOCK + size);
}

function headerOf({ path, content, mode, owner: [uid, gid] }: ContainerFile, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, at: number, digits: number): void => {
    header.write(value.toString(8).padStart(digits, "0"), at, "latin1");
  };
  header.write(path, 0, 99, "utf8");
  octal(mode, 100, 7);
  octal(uid % 0o10000000, 108, 7);
  octal(gid % 0o10000000, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  header.write("        ", 148, "latin1");
  header.write(content === undefined ? "5" : "0", 156, "latin1");
  header.write("ustar\x0000", 257, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return header;
}
