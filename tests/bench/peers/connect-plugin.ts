// What one would write without the plugin SDK: both services on connect-node's own handlers, knowing the same people and
// deciding by the same rule as the examples of the SDK do.
import { createServer } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AuthService } from "@rat/contracts/auth";
import { EnforcementService } from "@rat/contracts/enforcement";
import { portOf } from "../support/ports.ts";
import { readSpecification, tellReady } from "../support/specification.ts";

interface Person {
  readonly token: string;
  readonly user_id: string;
  readonly email: string;
  readonly roles: string[];
}

const { people } = readSpecification<{ readonly people: readonly Person[] }>({ people: [] });
const known = new Map(people.map((person) => [person.token, person]));
const handler = connectNodeAdapter({
  routes: (router) => {
    router.service(AuthService, {
      authenticate({ token }) {
        const person = known.get(token);
        if (person === undefined) throw new ConnectError("unknown token", Code.Unauthenticated);
        return { userId: person.user_id, email: person.email, roles: person.roles };
      },
    });
    router.service(EnforcementService, {
      canAccess: ({ roles }) => ({
        allowed: roles.includes("admin"),
        reason: "role admin may do everything",
      }),
    });
  },
});
const server = createServer({ keepAliveTimeout: 60_000 }, handler);
server.listen(0, "127.0.0.1", () => tellReady(portOf(server.address())));
