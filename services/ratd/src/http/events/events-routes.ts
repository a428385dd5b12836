import { Type } from "typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { eventFilter } from "../../access/event-filter.ts";
import { endWhenRefused } from "../../access/still-allowed.ts";
import { RatError } from "../../errors.ts";
import { EVENT_TOPICS, type EventTopic } from "../../events/event-bus.ts";
import { holds, type Scope, type ScopeSet } from "../../scopes.ts";
import type { HttpServices } from "../deps.ts";
import { countedAs } from "../kit/counted-as.ts";
import { route, type Route } from "../kit/route.ts";
import { hijack } from "../kit/server-sent-events.ts";
import { credentialsOf } from "../layers/authenticate.ts";
import { problems } from "../schemas.ts";
import { EventStream } from "./event-stream.ts";

const SCOPE: Scope = "events:read";
/** What a topic needs besides the scope of the route. */
const NEEDS: Partial<Record<EventTopic, Scope>> = {
  audit: "audit:read",
  // The audit log has the same facts.
  config: "audit:read",
};

/** The live stream of events. */
export const eventsRoutes: readonly Route[] = [
  route({
    method: "GET",
    url: "/api/v1/events",
    config: { scope: SCOPE },
    schema: {
      tags: ["events"],
      summary: "Follow what happens, as server-sent events; resumes after Last-Event-ID",
      querystring: Type.Object({
        topics: Type.Optional(
          Type.String({
            description: `Some of ${EVENT_TOPICS.join(",")}; default: all that you may have. audit and config need the scope audit:read.`,
          }),
        ),
      }),
      response: { 200: Type.String({ description: "text/event-stream" }), ...problems },
    },
    handle(services, request, reply) {
      const topics = parseTopics(request.query.topics, request.rat.principal.scopes);
      services.eventStreams.demandRoom(countedAs(request));
      openStream(services, topics, request, reply);
    },
  }),
];

/** Sends events until the client has gone, or may no longer have them. */
function openStream(
  services: HttpServices,
  topics: ReadonlySet<EventTopic>,
  request: FastifyRequest,
  reply: FastifyReply,
): void {
  const { access, events, clock, eventStreams } = services;
  const lastEventId = request.headers["last-event-id"];
  const headers = hijack(reply);
  const maySee = eventFilter(access.access, request.rat);
  const stream = new EventStream(reply.raw, { events, clock, topics, headers, maySee });
  const right = {
    credentials: credentialsOf(request),
    scopes: [SCOPE, ...[...topics].flatMap((topic) => NEEDS[topic] ?? [])],
    question: undefined,
  };
  const release = endWhenRefused(services, right, request.rat, () => stream.end());
  eventStreams.add(stream, countedAs(request));
  reply.raw.once("close", () => {
    release();
    stream.end();
    eventStreams.delete(stream);
  });
  stream.open(typeof lastEventId === "string" ? lastEventId : undefined);
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
