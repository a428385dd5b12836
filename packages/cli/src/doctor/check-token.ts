import { ApiError, type Client } from "@rat/client";
import { failed, passed, warned, type Finding } from "./finding.ts";

/** Whether the token of this command line is of use. */
export async function tokenFinding(client: Client): Promise<Finding> {
  try {
    const me = await client.me();
    return passed("ratd", "token", `signed in as ${me.user_id} (${me.auth_mode})`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, detail } = error.problem;
    if (status === 401)
      return failed("ratd", "token", `the token is refused: ${detail}`, ["set RAT_TOKEN anew"]);
    return warned("ratd", "token", `the token could not be checked: ${detail}`, ["rat api GET /api/v1/me"]);
  }
}
