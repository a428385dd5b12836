import { Type } from "typebox";
import type { IncomingHttpHeaders } from "node:http";
import type { Delivery } from "../../triggers/webhooks.ts";
import { checkedKey } from "../kit/idempotency-key.ts";
import { route, type Route } from "../kit/route.ts";
import { credentialsOf } from "../layers/authenticate.ts";
import { problems, shape } from "../schemas.ts";
import { firedView } from "../triggers/triggers-views.ts";

/** Largest body of a delivery, bytes. */
const MAX_BODY_BYTES = 262_144;

/** Calls from outside that start runs. They verify themselves; the auth slot does not know such callers. */
export const webhooksRoutes: readonly Route[] = [
  route({
    method: "POST",
    url: "/api/v1/webhooks/:id",
    // A signature is over the bytes of the body.
    takes: "bytes",
    bodyLimit: MAX_BODY_BYTES,
    config: { ownVerification: true },
    schema: {
      tags: ["triggers"],
      summary: "Start the run of a webhook; a repeated delivery answers the same run",
      security: [],
      params: Type.Object({ id: Type.String({ maxLength: 128 }) }),
      response: { 200: shape("Fired"), 202: shape("Fired"), ...problems },
    },
    async handle({ webhooks }, request, reply) {
      const { params, headers, body } = request;
      const { bearer: token } = credentialsOf(request);
      const fire = await webhooks.receive(params.id, { token, ...deliveryOf(headers, body) });
      if (fire.result === "started") return reply.code(202).send(firedView(fire));
      return reply.code(200).header("idempotent-replay", "true").send(firedView(fire));
    },
  }),
];

function deliveryOf(headers: IncomingHttpHeaders, body: unknown): Omit<Delivery, "token"> {
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === "string" ? value : undefined;
  };
  return {
    timestamp: header("x-rat-timestamp") ?? "",
    signature: header("x-rat-signature") ?? "",
    delivery: checkedKey("X-RAT-Delivery", header("x-rat-delivery") ?? header("idempotency-key")),
    body: body instanceof Uint8Array ? body : new Uint8Array(),
  };
}
