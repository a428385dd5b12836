import { RatError } from "../../errors.ts";
import type { App } from "../deps.ts";
import { excessOf } from "./json-bounds.ts";

/** Takes JSON bodies, of bounded depth and count: what is refused for more costs no more than reading it once. */
export function takeJson(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    const text = String(body);
    const excess = excessOf(text);
    if (excess !== undefined) return done(new RatError("bad_request", `The JSON of the body ${excess}.`));
    return parse(request, text, done);
  });
}
