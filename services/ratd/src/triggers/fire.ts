import type { Queryable } from "../platform/database/database.ts";

/** What a fire came to. */
export type Fire =
  | { readonly result: "started"; readonly run: string }
  /** The same fire had started its run before. */
  | { readonly result: "repeated"; readonly run: string }
  | { readonly result: "nothing"; readonly reason: string };

/**
 * Starts the run of one fire, once for each `key`, and keeps why it started none. Belongs in a transaction.
 *
 * @param key what makes this fire of the trigger unique: a time, a delivery, an event
 */
export async function fireTrigger(
  transaction: Queryable,
  trigger: string,
  key: string,
  env: Readonly<Record<string, string>>,
): Promise<Fire> {
  const [fired] = await transaction.query<{ run: string | null }>(
    "SELECT fire_trigger($1, $2, $3::jsonb) AS run",
    [trigger, key, JSON.stringify(env)],
  );
  if (typeof fired?.run === "string") return { result: "started", run: fired.run };
  const [before] = await transaction.query<{ run: string }>(
    "SELECT id AS run FROM runs WHERE trigger_id = $1 AND fire_key = $2",
    [trigger, key],
  );
  if (before !== undefined) return { result: "repeated", run: before.run };
  const reason = "no published version";
  await transaction.query("UPDATE triggers SET last_error = $2 WHERE id = $1", [trigger, reason]);
  return { result: "nothing", reason };
}
