/** The places of a runner: each run holds one. */
export class Places {
  readonly #free: number[];

  /** So many places, numbered from 0. */
  constructor(count: number) {
    this.#free = Array.from({ length: count }, (_, at) => count - 1 - at);
  }

  /** Takes a place; undefined when all are taken. */
  take(): number | undefined {
    return this.#free.pop();
  }

  free(place: number): void {
    this.#free.push(place);
  }
}
