// Runs inside a container of the executor and tries to get out, or at more than it was given. Prints, as JSON, what
// worked and what did not. Where a program of the system is needed, the image brings it (see escape-image.ts).
import { execFileSync } from "node:child_process";
import {
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  mkdirSync,
  symlinkSync,
} from "node:fs";
import { chownSync } from "node:fs";
import { connect } from "node:net";
import { lookup } from "node:dns/promises";
import { networkInterfaces, setPriority } from "node:os";

const run = (program, ...args) => execFileSync(program, args, { stdio: "pipe" }).toString();
const must = (condition, why) => {
  if (!condition) throw new Error(why);
};
const dial = (options) =>
  new Promise((resolve, reject) => {
    const socket = connect({ timeout: 1000, ...options });
    socket
      .on("connect", resolve)
      .on("error", reject)
      .on("timeout", () => reject(new Error("ETIMEDOUT")));
  });

const attempts = {
  "write to the root": () => writeFileSync("/here", ""),
  "write to /etc": () => writeFileSync("/etc/passwd", "root::0:0::/:/bin/sh"),
  "replace a program": () => writeFileSync(process.execPath, ""),
  "become root": () => process.setuid(0),
  "join the root group": () => process.setgid(0),
  "become root by a setuid program": () => must(run("/usr/bin/id", "-u").trim() === "0", "still not root"),
  "become root by setpriv": () => run("setpriv", "--reuid=0", "--clear-groups", "/usr/bin/id"),
  "mount a tmpfs": () => run("mount", "-t", "tmpfs", "tmpfs", "/tmp"),
  "remount the root for writing": () => run("mount", "-o", "remount,rw", "/"),
  "mount proc anew": () => run("mount", "-t", "proc", "proc", "/tmp"),
  "make a device": () => run("mknod", "/tmp/disk", "b", "8", "0"),
  "open a disk": () => openSync(["/dev/vda", "/dev/sda", "/dev/mem"].find(existsSync) ?? "/dev/mem", "r"),
  "make a user namespace": () => run("unshare", "--user", "--map-root-user", "/usr/bin/id"),
  "make a mount namespace": () => run("unshare", "--mount", "/usr/bin/id"),
  "enter another namespace": () => run("nsenter", "--target=1", "--mount", "/usr/bin/id"),
  "change the root": () => run("chroot", "/tmp", "/bin/sh", "-c", "true"),
  "set a kernel value": () => writeFileSync("/proc/sys/kernel/core_pattern", "|/tmp/x"),
  "forward packets": () => writeFileSync("/proc/sys/net/ipv4/ip_forward", "1"),
  "pull the trigger of sysrq": () => writeFileSync("/proc/sysrq-trigger", "h"),
  "read the kernel's log": () => openSync("/dev/kmsg", "r"),
  "read the kernel's memory": () => must(readFileSync("/proc/kcore").length > 0, "empty"),
  "raise its memory limit": () => {
    const v1 = "/sys/fs/cgroup/memory/memory.limit_in_bytes";
    writeFileSync(existsSync(v1) ? v1 : "/sys/fs/cgroup/memory.max", "9999999999");
  },
  "make a cgroup": () =>
    mkdirSync(`/sys/fs/cgroup/${existsSync("/sys/fs/cgroup/memory") ? "memory/" : ""}mine`),
  "raise its limit of files": () => run("prlimit", `--pid=${process.pid}`, "--nofile=1000000"),
  "take more time of the processor": () => setPriority(-10),
  "run a program from /tmp": () => {
    writeFileSync("/tmp/program", "#!/bin/sh\ntrue\n", { mode: 0o755 });
    run("/tmp/program");
  },
  "give a file to root": () => {
    writeFileSync("/tmp/file", "");
    chownSync("/tmp/file", 0, 0);
  },
  "see processes of the host": () => {
    const seen = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    must(
      seen.some((pid) => readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("dockerd")),
      "only its own",
    );
  },
  "signal processes of the host": () => process.kill(HOST_PID, 0),
  "read a host's file through a link": () => {
    symlinkSync("/proc/1/root/../../HOST_FILE", "/tmp/link");
    readFileSync("/tmp/link");
  },
  "reach the engine by its socket": () =>
    dial({ path: ["/var/run/docker.sock", "/run/docker.sock"].find(existsSync) ?? "/var/run/docker.sock" }),
  "reach the host": () => dial({ host: "172.17.0.1", port: HOST_PORT }),
  "reach the internet": () => dial({ host: "1.1.1.1", port: 53 }),
  "resolve a name": () => lookup("example.com"),
  "see a network card": () =>
    must(
      Object.keys(networkInterfaces()).some((name) => name !== "lo"),
      "only lo",
    ),
};

const outcome = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt();
    outcome[name] = "WORKED";
  } catch (error) {
    outcome[name] =
      error.code ??
      (String(error.stderr ?? "")
        .trim()
        .split("\n")
        .at(-1) ||
        error.message);
  }
}
console.log(JSON.stringify(outcome));
process.exit();
