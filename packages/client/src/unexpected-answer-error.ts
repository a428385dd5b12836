/** Something answered, but not as ratd does: another program on that address, a proxy, or an older ratd. */
export class UnexpectedAnswerError extends Error {
  override readonly name = "UnexpectedAnswerError";
  readonly address: string;
  readonly status: number;

  constructor(address: string, status: number, what: string) {
    super(`${address} ${what}`);
    this.address = address;
    this.status = status;
  }
}
