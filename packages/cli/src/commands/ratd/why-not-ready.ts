import { ApiError, UnexpectedAnswerError, UnreachableError, type Client } from "@rat/client";
import { namedSlots } from "../slots/slots-view.ts";

/** Undefined when ratd is ready; else the unit that holds it up and what it last said. */
export async function whyNotReady(client: Client): Promise<string | undefined> {
  try {
    if (await client.ready()) return undefined;
    const health = await client.health();
    const service = Object.entries(health.services).find(([, state]) => state !== "healthy");
    if (service !== undefined) return `service ${service[0]} is ${service[1]}`;
    const slot = namedSlots(health).find(({ state }) => state !== "active" && state !== "builtin");
    if (slot !== undefined) return `slot ${slot.name} is ${slot.state}: ${slot.reason}`;
    return "ratd is starting or draining";
  } catch (error) {
    if (error instanceof UnreachableError) return `ratd: ${error.reason}`;
    // A proxy in front of a ratd that is still starting.
    if (error instanceof UnexpectedAnswerError && error.status >= 500) return `ratd: ${error.message}`;
    if (error instanceof ApiError && error.problem.status >= 500) return `ratd: ${error.message}`;
    throw error;
  }
}
