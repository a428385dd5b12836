import { formatHostPort, type HostPort } from "../platform/host-port.ts";

/** Addresses that stand for every address of a machine, and name none. */
const ANY_HOST: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Where executors report to: what rat.yaml says, else the internal listener once it listens. */
export class ReportAddress {
  readonly #configured: string | undefined;
  #listening = "";

  constructor(configured: string | undefined) {
    this.#configured = configured;
  }

  /** The internal listener listens. */
  listens(address: HostPort): void {
    if (!ANY_HOST.has(address.host)) this.#listening = `http://${formatHostPort(address)}`;
  }

  /** Empty while executors cannot reach this ratd. */
  get url(): string {
    return this.#configured ?? this.#listening;
  }
}
