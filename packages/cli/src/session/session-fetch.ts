import type { Session } from "./openid/session.ts";

/** A fetch that sends the access token of a session, and once more with another one when it is refused. */
export function sessionFetch(session: Session, fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const token = await session.token();
    const response = await fetch(input, authorized(init, token));
    if (response.status !== 401 || !(await session.renew(token))) return response;
    await response.body?.cancel();
    return fetch(input, authorized(init, await session.token()));
  };
}

function authorized(init: RequestInit | undefined, token: string): RequestInit {
  const headers = new Headers(init?.headers);
  headers.set("authorization", `Bearer ${token}`);
  return { ...init, headers };
}
