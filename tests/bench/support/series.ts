/** Work that is measured several times, in turn with the work that it is compared with. */
export class Series<Sample> {
  readonly label: string;
  readonly #work: () => Promise<Sample>;
  readonly #samples: Sample[] = [];

  constructor(label: string, work: () => Promise<Sample>) {
    this.label = label;
    this.#work = work;
  }

  /** Does the work once and keeps what it returned. */
  async run(): Promise<void> {
    this.#samples.push(await this.#work());
  }

  /** The median of one figure over all samples but those of the warm-up. */
  median(read: (sample: Sample) => number): number {
    return median(this.#samples.map(read));
  }

  /** Forgets what was measured so far. */
  reset(): void {
    this.#samples.length = 0;
  }
}

/** Runs all series in turn: as a warm-up that does not count, once if not told otherwise, then `rounds` times. */
export async function alternate(
  rounds: number,
  series: readonly Pick<Series<unknown>, "run" | "reset">[],
  warmUps = 1,
): Promise<void> {
  for (let round = -warmUps; round < rounds; round++) {
    for (const one of series) {
      await one.run();
      if (round < 0) one.reset();
    }
  }
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The middle value; the mean of the two middle ones when the count is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? upper) + upper) / 2 : upper;
}
