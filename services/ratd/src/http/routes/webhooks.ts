import { Type } from "typebox";
import type { FastifyRequest } from "fastify";
import { RatError } from "../../errors.ts";
import type { App, HttpDeps } from "../deps.ts";
import { credentialsOf } from "../layers/authenticate.ts";
import { problems, shape } from "../schemas.ts";

/** Largest body of a delivery, bytes. */
const MAX_BODY_BYTES = 262_144;
/** What a caller may call a delivery. */
const DELIVERY = /^[\x21-\x7e]{1,255}$/;

/** Calls from outside that start runs. They verify themselves; the auth slot does not know such callers. */
export function webhookRoutes(root: App, { webhooks }: HttpDeps): void {
  // A scope of its own: a signature is over the bytes of the body, so they are kept as they come.
  root.register((app: App, _options, done) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
      done(null, body),
    );

    app.post(
      "/api/v1/webhooks/:id",
      {
        bodyLimit: MAX_BODY_BYTES,
        config: { ownVerification: true },
        schema: {
          tags: ["triggers"],
          summary: "Start the run of a webhook; a repeated delivery answers the same run",
          security: [],
          params: Type.Object({ id: Type.String({ maxLength: 128 }) }),
          response: { 200: shape("Fired"), 202: shape("Fired"), ...problems },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { body } = request;
        const fire = await webhooks.receive(id, {
          token: credentialsOf(request).bearer,
          timestamp: headerOf(request, "x-rat-timestamp") ?? "",
          signature: headerOf(request, "x-rat-signature") ?? "",
          delivery: deliveryOf(request),
          body: body instanceof Uint8Array ? body : new Uint8Array(),
        });
        if (fire.result === "started") return reply.code(202).send({ run_id: fire.run });
        return reply.code(200).header("idempotent-replay", "true").send({ run_id: fire.run });
      },
    );
    done();
  });
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}

function deliveryOf(request: FastifyRequest): string | undefined {
  const delivery = headerOf(request, "x-rat-delivery") ?? headerOf(request, "idempotency-key");
  if (delivery === undefined || DELIVERY.test(delivery)) return delivery;
  throw new RatError("bad_request", "X-RAT-Delivery must be 1 to 255 printable characters without spaces.");
}
