/** Hides secrets in a text. */
export type Redact = (text: string) => string;

/** What an exchange starts from. */
export interface ExchangeOptions {
  readonly path: string;
  readonly body: string;
  readonly contentType: string;
  readonly address: string;
  readonly redact: Redact;
}

/** The longest text that a report shows of one message. */
const SHOWN = 600;

/** One request and its answer, as text for people; secrets are hidden. */
export class Exchange {
  readonly #options: ExchangeOptions;
  #answer = "no answer";

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Records the answer. */
  got(answer: string): void {
    this.#answer = answer;
  }

  /** The answer. */
  get answer(): string {
    return shorten(this.#options.redact(this.#answer));
  }

  /** The request. */
  get sent(): string {
    return `${this.#options.path} ${shorten(this.#options.redact(this.#options.body))}`;
  }

  /** A command that repeats the request with JSON. */
  get replay(): string {
    const { address, path, contentType, body, redact } = this.#options;
    const data = redact(body).replaceAll("'", String.raw`'\''`);
    const type = contentType === "application/json" ? contentType : contentType.replaceAll("'", "");
    return `curl -sS -H 'content-type: ${type}' -d '${shorten(data)}' ${address}${path}`;
  }
}

/** Hides given texts, and the values of temporary credentials. */
export function createRedact(secrets: readonly string[]): Redact {
  return (text) => {
    let hidden = text.replaceAll(
      /("(?:s3_)?credentials":\s*)\{[^}]*\}/g,
      (_all, key: string) => `${key}{"***":"***"}`,
    );
    for (const secret of secrets) if (secret !== "") hidden = hidden.replaceAll(secret, "***");
    return hidden;
  };
}

function shorten(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}... (${text.length} characters)`;
}
