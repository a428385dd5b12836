/** What the parent process passed as JSON in the first argument, over `defaults`. Both ends are files of this bench. */
export function readSpecification<Shape extends object>(defaults: Shape): Shape {
  return { ...defaults, ...JSON.parse(process.argv[2] ?? "{}") };
}

/** Tells the parent process that this one is ready, with what it asked for. */
export function tellReady(answer: unknown): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
