import { Type } from "typebox";
import { RatError } from "../../errors.ts";
import { EVENT_TOPICS, type EventTopic } from "../../events/event-bus.ts";
import { holds, type Scope, type ScopeSet } from "../../scopes.ts";
import type { App, HttpDeps } from "../deps.ts";
import { eventFilter } from "../../access/event-filter.ts";
import { EventStream } from "../event-stream.ts";
import { credentialsOf } from "../layers/authenticate.ts";
import { problems } from "../schemas.ts";
import { endWhenRefused } from "../../access/still-allowed.ts";

/** What a topic needs besides the scope of the route. */
const NEEDS: Partial<Record<EventTopic, Scope>> = { audit: "audit:read" };

/** The live stream of events. */
export function eventRoutes(app: App, deps: HttpDeps): void {
  const { config, events, clock, metrics } = deps;
  const streams = new Set<EventStream>();
  // A stream has no end of its own; without this, a closing app would wait for its clients.
  app.addHook("preClose", (done) => {
    for (const stream of streams) stream.end();
    done();
  });

  app.get(
    "/api/v1/events",
    {
      config: { scope: "events:read" },
      schema: {
        tags: ["events"],
        summary: "Follow what happens, as server-sent events; resumes after Last-Event-ID",
        querystring: Type.Object({
          topics: Type.Optional(
            Type.String({
              description: `Some of ${EVENT_TOPICS.join(",")}; default: all that you may have. audit needs the scope audit:read.`,
            }),
          ),
        }),
        response: { 200: Type.String({ description: "text/event-stream" }), ...problems },
      },
    },
    (request, reply) => {
      const topics = parseTopics(request.query.topics, request.rat.principal.scopes);
      if (streams.size >= config.limits.eventClients) {
        throw new RatError(
          "rate_limited",
          `${streams.size} event streams are open, the limit of this ratd.`,
          {
            retryAfterSeconds: 5,
          },
        );
      }
      const lastEventId = request.headers["last-event-id"];
      reply.hijack();
      const headers = Object.fromEntries(
        Object.entries(reply.getHeaders()).filter(
          (entry): entry is [string, string] => typeof entry[1] === "string",
        ),
      );
      const stream = new EventStream(reply.raw, {
        events,
        clock,
        topics,
        headers,
        maySee: eventFilter(deps.access.access, request.rat),
      });
      const scopes: readonly Scope[] = ["events:read", ...[...topics].flatMap((topic) => NEEDS[topic] ?? [])];
      const right = { credentials: credentialsOf(request), scopes, question: undefined };
      const release = endWhenRefused(deps, right, request.rat, () => stream.end());
      streams.add(stream);
      metrics.eventClients.set(streams.size);
      reply.raw.once("close", () => {
        release();
        stream.end();
        streams.delete(stream);
        metrics.eventClients.set(streams.size);
      });
      stream.open(typeof lastEventId === "string" ? lastEventId : undefined);
    },
  );
}

/** @throws RatError bad_request for a topic that is none; scope_missing for one that the caller may not have */
function parseTopics(text: string | undefined, scopes: ScopeSet): ReadonlySet<EventTopic> {
  const missing = (topic: EventTopic): Scope | undefined => {
    const needed = NEEDS[topic];
    return needed === undefined || holds(scopes, needed) ? undefined : needed;
  };
  if (text === undefined || text === "") {
    return new Set(EVENT_TOPICS.filter((topic) => missing(topic) === undefined));
  }
  const names = text.split(",");
  const unknown = names.find((name) => !EVENT_TOPICS.some((topic) => topic === name));
  if (unknown !== undefined) {
    throw new RatError("bad_request", `"${unknown}" is no topic; the topics are ${EVENT_TOPICS.join(", ")}.`);
  }
  const topics = EVENT_TOPICS.filter((topic) => names.includes(topic));
  for (const topic of topics) {
    const scope = missing(topic);
    if (scope === undefined) continue;
    throw new RatError("scope_missing", `The topic ${topic} needs the scope ${scope}.`);
  }
  return new Set(topics);
}
