import { CONNECTIONS, TOKEN, tokenOf } from "./access-rig.ts";
import { load, type Load, type LoadOptions } from "./load.ts";
import type { Ratd } from "./ratd.ts";
import { alternate, Series } from "./series.ts";

/** A kind of request that must be allowed: how it is put to ratd and to what is written without ratd. */
export interface AccessRequest {
  readonly work: string;
  readonly ours: Pick<LoadOptions, "path" | "body">;
  readonly peer: Pick<LoadOptions, "path" | "body">;
}

const CHECK = JSON.stringify({ action: "read", resource_type: "dashboard", resource_id: "sales" });

/** The question alone, about a thing of which ratd's database knows nothing. */
export const accessCheck: AccessRequest = {
  work: "Access check",
  ours: { path: "/api/v1/access/check", body: CHECK },
  peer: { path: "/check", body: CHECK },
};

/** An object that the database knows, with its owner. */
export function pipelineRead(pipeline: readonly string[]): AccessRequest {
  const path = `/api/v1/pipelines/${pipeline.join("/")}`;
  return { work: "Pipeline read", ours: { path }, peer: { path: "/pipeline" } };
}

/** Runs the series in turn, once they are as fast as they get: code that is new to Node.js takes some thousand requests. */
export function alternateWarm(series: readonly Series<Load>[], quick: boolean): Promise<void> {
  return quick ? alternate(1, series) : alternate(5, series, 4);
}

/** The series of a load of users of their own on each connection. */
export function accessSeries(
  label: string,
  request: Pick<LoadOptions, "port" | "path" | "body">,
  quick: boolean,
): Series<Load> {
  return new Series<Load>(label, () =>
    load({
      ...request,
      headers: { authorization: `Bearer ${TOKEN}` },
      connections: CONNECTIONS,
      durationMs: quick ? 100 : 1500,
    }),
  );
}

/** What ratd answers, for nginx to answer as much. */
export async function answerOf({ port }: Ratd, { path, body }: AccessRequest["ours"]): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${tokenOf(CONNECTIONS - 1)}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { method: "POST", body }),
  });
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response.text();
}
