import { describe, expect, it } from "vitest";
import type { Observation } from "../../../services/ratd/src/health/health.ts";
import type { Hint, Prober } from "../../../services/ratd/src/health/prober.ts";
import { until } from "../until.ts";

/** What a prober asks can be made to do. */
export type SubjectState = "well" | "hanging" | "gone";

/** A prober, and that of which it asks. */
export interface ProbedSubject extends AsyncDisposable {
  readonly prober: Prober;
  become(state: SubjectState): Promise<void>;
}

/** How the prober of a suite differs from others. */
export interface ProberTraits {
  /** What it finds of a subject that hangs: a process that runs counts as well. */
  readonly hanging: Observation["kind"];
  /** Whether it notices an end by itself. */
  readonly notices: boolean;
  /** Whether what is gone can come back: another start of a process has another prober. */
  readonly returns: boolean;
}

const LIMIT_MS = 5_000;

/** What every prober promises, whatever it asks. */
export function proberSuite(name: string, traits: ProberTraits, create: () => Promise<ProbedSubject>): void {
  const probe = (prober: Prober) => prober.probe({ scope: "all", anew: false });

  describe(`${name} as a prober`, () => {
    it("finds what is well healthy, as often as it is asked", async () => {
      await using subject = await create();
      for (let round = 0; round < 3; round += 1) {
        expect(await probe(subject.prober)).toMatchObject({ kind: "answer", status: "healthy" });
      }
      expect(subject.prober.incomplete).toBe(false);
    });

    it("finds what is gone refused, with a reason", async () => {
      await using subject = await create();
      await subject.become("gone");
      const found = await probe(subject.prober);
      expect(found.kind).toBe("refused");
      expect(found.message).not.toBe("");
    });

    if (traits.returns) {
      it("finds what was gone well again when it is back", async () => {
        await using subject = await create();
        await subject.become("gone");
        expect((await probe(subject.prober)).kind).toBe("refused");
        await subject.become("well");
        const again = await until(
          async () => {
            const observation = await probe(subject.prober);
            return observation.kind === "answer" ? observation : undefined;
          },
          { what: "an answer", timeoutMs: LIMIT_MS },
        );
        expect(again).toMatchObject({ status: "healthy" });
      });
    }

    it("ends a question to what hangs within its limit", async () => {
      await using subject = await create();
      await subject.become("hanging");
      expect((await probe(subject.prober)).kind).toBe(traits.hanging);
    });

    if (traits.notices) {
      it("tells of an end between two probes", async () => {
        await using subject = await create();
        const hints: Hint[] = [];
        subject.prober.listen({ onHint: (hint) => hints.push(hint), onWord: () => undefined });
        await probe(subject.prober);
        await subject.become("gone");
        await until(() => hints.length > 0, { what: "a hint", timeoutMs: LIMIT_MS });
        expect(hints).not.toContain("failed");
      });
    }

    it("never rejects, also when it was disposed of while it asks", async () => {
      await using subject = await create();
      await subject.become("hanging");
      const asked = probe(subject.prober);
      subject.prober[Symbol.dispose]();
      expect(await asked).toHaveProperty("kind");
      expect(await probe(subject.prober)).toHaveProperty("kind");
    });
  });
}
