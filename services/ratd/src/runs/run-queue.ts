/** The queue of runs, as seen by those who put runs into it. */
export interface RunQueue {
  /** Says that runs were committed: the dispatcher of this ratd and those of the others look at once. */
  wake(): void;
}
