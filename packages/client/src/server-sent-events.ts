/** One frame of a `text/event-stream`. */
export interface Frame {
  /** Undefined when the frame carried no `id`. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Longest line that is read, in characters; a longer one means that this is no event stream. */
const LINE_LIMIT = 1_048_576;

/** Splits the body of an event stream into frames. `onBytes` is called for every chunk, comments included. */
export async function* readFrames(
  body: AsyncIterable<Uint8Array>,
  onBytes: () => void = () => {},
): AsyncGenerator<Frame> {
  let frame = emptyFrame();
  for await (const line of readLines(body, onBytes)) {
    if (line !== "") {
      addField(frame, line);
      continue;
    }
    if (frame.data.length > 0) yield { id: frame.id, event: frame.event, data: frame.data.join("\n") };
    frame = emptyFrame();
  }
}

interface FrameParts {
  id: string | undefined;
  event: string;
  data: string[];
}

function emptyFrame(): FrameParts {
  return { id: undefined, event: "message", data: [] };
}

function addField(frame: FrameParts, line: string): void {
  const colon = line.indexOf(":");
  const name = colon === -1 ? line : line.slice(0, colon);
  const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /u, "");
  if (name === "data") frame.data.push(value);
  else if (name === "event") frame.event = value;
  else if (name === "id" && !value.includes("\0")) frame.id = value;
}

async function* readLines(body: AsyncIterable<Uint8Array>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    onBytes();
    rest += decoder.decode(chunk, { stream: true });
    // A CR at the very end may be the first half of CR LF.
    const whole = rest.endsWith("\r") ? rest.slice(0, -1) : rest;
    const lines = whole.split(/\r\n|\r|\n/u);
    const last = lines.pop() ?? "";
    rest = last + rest.slice(whole.length);
    if (rest.length > LINE_LIMIT) throw new RangeError("a line of the event stream is too long");
    yield* lines;
  }
}
