/** Gives up root for good: the user and group of one run, no others. Without numbers nothing changes. */
export function becomeUser(uid: unknown, gid: unknown): void {
  if (typeof uid !== "number" || typeof gid !== "number") return;
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (process.getuid?.() !== uid || process.getgid?.() !== gid) throw new Error("could not give up root");
}
