import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OWNER_LABEL, RUN_LABEL } from "../run-labels.ts";
import { codeOf, EngineTrial, limit, type EngineBench } from "./engine-trial.ts";

/** The trial, once it has begun. */
type Begun = () => EngineTrial;

const FOLDER = "/job";
const JOB = { name: "job", path: FOLDER, kept: "on disk" } as const;
const CREDENTIALS = { name: "credentials", path: "/run/rat", kept: "in memory" } as const;

/** What every engine of the port must do. `why` skips the suite and says so. */
export function engineSuite(name: string, open: () => Promise<EngineBench>, why?: string): void {
  describe.skipIf(why !== undefined)(`the port Engine: ${name}`, () => {
    let trial: EngineTrial;
    beforeAll(async () => {
      trial = await EngineTrial.begin(await open());
    }, 300_000);
    afterAll(async () => {
      await trial?.[Symbol.asyncDispose]();
    });
    const begun = () => trial;
    describe("making", () => {
      making(begun);
    });
    describe("carrying out", () => {
      carryingOut(begun);
    });
    describe("ending", () => {
      ending(begun);
    });
    describe("files", () => {
      files(begun);
    });
    describe("removing", () => {
      removing(begun);
    });
  });
}

function making(begun: Begun): void {
  it("knows the images that it has, and only those", async () => {
    const { engine, image } = begun();
    expect(image.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await engine.image(image.id)).toMatchObject({ id: image.id });
    expect(await engine.image("rat-test/nobody:1")).toBeUndefined();
    expect(await engine.missingLimits()).toEqual(expect.any(Array));
  });

  it("makes a container that does nothing until it is started", async () => {
    const trial = begun();
    const { engine, bench, instance } = trial;
    const plan = trial.plan(bench.programs.say("a", "b", 0));
    const id = await engine.create(plan);
    const seen = await engine.look(plan.name);
    expect(seen).toMatchObject({ id, state: { phase: "created" } });
    expect(seen?.labels[RUN_LABEL]).toBe(`${plan.name}.1`);
    expect(await engine.look(id)).toMatchObject({ id });
    expect(await engine.list(instance)).toContainEqual(
      expect.objectContaining({ id, started: false, labels: expect.objectContaining(plan.labels) }),
    );
  });

  it("makes one container of a name, and says conflict to the second", async () => {
    const trial = begun();
    const { engine, bench } = trial;
    const plan = trial.plan(bench.programs.heeding, { network: "own", privateFolders: [JOB] });
    await engine.create(plan);
    expect(await codeOf(engine.create(plan))).toBe("conflict");
  });

  it("keeps instances apart", async () => {
    const trial = begun();
    const { engine, bench, instance } = trial;
    const labels = { [OWNER_LABEL]: `${instance}-b` };
    const id = await engine.create(trial.plan(bench.programs.heeding, { labels, privateFolders: [JOB] }));
    const ids = async (of: string) => (await engine.list(of)).map((one) => one.id);
    expect(await ids(`${instance}-b`)).toEqual([id]);
    expect(await ids(instance)).not.toContain(id);
    expect(await engine.belongings(`${instance}-b`)).toHaveLength(1);
  });
}

function carryingOut(begun: Begun): void {
  it("carries out a program, and tells its output and its end", async () => {
    const trial = begun();
    const id = await trial.start(trial.bench.programs.say("hello", "careful", 3));
    expect(await trial.output(id, true)).toEqual({ info: "hello\n", warn: "careful\n" });
    const end = await trial.endOf(id);
    expect(end).toMatchObject({ exitCode: 3, outOfMemory: false, error: "" });
    expect(end.finishedAt.getTime()).toBeGreaterThanOrEqual(end.startedAt.getTime());
    // The same again from the beginning, since whoever comes later counts.
    expect(await trial.output(id, false)).toEqual({ info: "hello\n", warn: "careful\n" });
    expect(await trial.engine.list(trial.instance)).toContainEqual(
      expect.objectContaining({ id, started: true }),
    );
  });

  it("gives the program its environment", async () => {
    const trial = begun();
    const id = await trial.start(trial.bench.programs.showA);
    await trial.endOf(id);
    expect((await trial.output(id, false)).info).toBe("given\n");
  });

  it("starts what runs already no second time", async () => {
    const trial = begun();
    const id = await trial.start(trial.bench.programs.heeding);
    await trial.up(id);
    await trial.engine.start(id);
    await trial.engine.signal(id, "SIGTERM");
    await trial.endOf(id);
    expect((await trial.output(id, false)).info).toBe("up\n");
  });

  it("refuses to start a program that is not there, or ends it with a code that says so", async () => {
    const trial = begun();
    const id = await trial.engine.create(trial.plan(["/nowhere/program"]));
    const code = await codeOf(trial.engine.start(id));
    // An engine whose containers have an init of their own hears of it from that.
    if (code === "done") expect((await trial.endOf(id)).exitCode).toBe(127);
    else expect(code).toMatch(/^(refused|not_found)$/);
  });
}

function ending(begun: Begun): void {
  it("ends by SIGTERM what heeds it, and by SIGKILL what does not", async () => {
    const trial = begun();
    const { engine, bench } = trial;
    const [heeding, deaf] = [
      await trial.start(bench.programs.heeding),
      await trial.start(bench.programs.deaf),
    ];
    await Promise.all([trial.up(heeding), trial.up(deaf)]);
    expect((await engine.look(deaf))?.state.phase).toBe("running");
    await engine.signal(heeding, "SIGTERM");
    await engine.signal(deaf, "SIGTERM");
    expect((await trial.endOf(heeding)).exitCode).toBe(0);
    expect((await engine.look(deaf))?.state.phase).toBe("running");
    await engine.signal(deaf, "SIGKILL");
    expect((await trial.endOf(deaf)).exitCode).toBe(137);
    // What has ended, or never was, is no error.
    await engine.signal(deaf, "SIGKILL");
    await engine.signal("nobody", "SIGTERM");
  });

  it("leaves off watching, and reading, when it is told to", async () => {
    const trial = begun();
    const { engine, bench } = trial;
    const id = await trial.start(bench.programs.heeding);
    await trial.up(id);
    const stop = new AbortController();
    const watching = engine.watch(id, stop.signal);
    const reading = (async () => {
      for await (const piece of engine.logs(id, true, stop.signal)) void piece;
    })();
    stop.abort(new Error("enough"));
    expect(
      await watching.then(
        () => "done",
        () => "left",
      ),
    ).toBe("left");
    await reading.catch(() => undefined);
    await engine.watch("nobody", limit());
    expect(await engine.look("nobody")).toBeUndefined();
    await engine.signal(id, "SIGKILL");
  });
}

function files(begun: Begun): void {
  it("puts files into a private folder, and reads what the program left there", async () => {
    const trial = begun();
    const { engine, bench } = trial;
    const copy = bench.programs.copy(`${FOLDER}/in.txt`, `${FOLDER}/out/copy.txt`);
    const plan = trial.plan(copy, { privateFolders: [JOB] });
    const id = await engine.create(plan);
    const owner = plan.user;
    await engine.putFiles(id, FOLDER, [
      { path: "in.txt", content: Buffer.from("text of 12 b"), mode: 0o444, owner },
      { path: "out/", mode: 0o700, owner },
    ]);
    await engine.start(id);
    expect((await trial.endOf(id)).exitCode).toBe(0);
    expect((await engine.readFile(id, `${FOLDER}/out/copy.txt`, 100))?.toString()).toBe("text of 12 b");
    expect(await engine.readFile(id, `${FOLDER}/out/other.txt`, 100)).toBeUndefined();
  });

  it("reads no file that is larger than it was told", async () => {
    const trial = begun();
    const { engine, bench } = trial;
    const plan = trial.plan(bench.programs.heeding, { privateFolders: [JOB] });
    const id = await engine.create(plan);
    const content = Buffer.alloc(10_000, "x");
    await engine.putFiles(id, FOLDER, [{ path: "big", content, mode: 0o444, owner: plan.user }]);
    expect(await codeOf(engine.readFile(id, `${FOLDER}/big`, 100))).toBe("refused");
  });
}

function removing(begun: Begun): void {
  it("keeps a running container unless it is forced, and removes what belongs to it after it", async () => {
    const trial = begun();
    const { engine, bench } = trial;
    const belongings = { network: "own", privateFolders: [JOB, CREDENTIALS] } as const;
    const plan = trial.plan(bench.programs.heeding, belongings);
    const id = await engine.create(plan);
    await engine.start(id);
    await trial.up(id);
    const own = () => trial.belongingsOf(plan.labels[RUN_LABEL]);
    expect(await own()).toHaveLength(3);
    expect(await codeOf(engine.remove(id, false))).toBe("conflict");
    expect((await engine.look(id))?.state.phase).toBe("running");
    await engine.remove(id, true);
    expect(await engine.look(id)).toBeUndefined();
    const [first] = await own();
    await first?.remove();
    expect(await own()).toHaveLength(2);
    await engine.removeBelongings(plan.name, ["job", "credentials"]);
    expect(await own()).toEqual([]);
    // What is gone is no error.
    await engine.remove(id, false);
    await engine.removeBelongings(plan.name, ["job", "credentials"]);
  });
}
