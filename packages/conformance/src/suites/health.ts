import type { DescMethod } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { HEALTH_WORDS } from "@rat/contracts/health-words";
import { PluginService } from "@rat/contracts/plugin";
import { Unproven, type ConformanceCase } from "../conformance-case.ts";
import { answered, isUnimplemented, refused, require } from "../expectations.ts";
import type { Target } from "../target.ts";

const { healthCheck, describe, configure, watchHealth } = PluginService.method;

const WORDS: readonly string[] = HEALTH_WORDS;
const EXPECTED_STATUS = `a status that is one of ${WORDS.join(", ")}`;

/** Ends the case unless the plugin answers HealthCheck with a valid status. */
export async function requireHealth(target: Target): Promise<void> {
  const outcome = await target.call(healthCheck, {});
  const { status } = answered(outcome, EXPECTED_STATUS);
  require(WORDS.includes(status), outcome.exchange, EXPECTED_STATUS);
}

const HEALTH_PATH = `/${healthCheck.parent.typeName}/${healthCheck.name}`;

const configured: ConformanceCase = {
  name: "health/configure",
  level: "core",
  async run(target) {
    const config = target.config.configure;
    if (config === undefined) throw new Unproven("skip", "the run gives no `configure` to send");
    const json = JSON.parse(JSON.stringify(config));
    answered(await target.call(configure, { config: json }), "the given configuration to be taken");
    answered(await target.call(configure, { config: json }), "the same configuration to be taken again");
  },
};

const status: ConformanceCase = { name: "health/status", level: "core", run: requireHealth };

const unknownFields: ConformanceCase = {
  name: "health/unknown-fields",
  level: "core",
  wires: ["json"],
  async run(target) {
    const outcome = await target.post(HEALTH_PATH, '{"field_of_a_later_version":{"a":[1,"x"]}}');
    require(outcome.status === 200, outcome.exchange, "unknown fields to be ignored");
  },
};

const contentType: ConformanceCase = {
  name: "health/content-type",
  level: "core",
  wires: ["json"],
  async run(target) {
    const outcome = await target.post(HEALTH_PATH, "{}");
    const type = outcome.contentType.split(";")[0];
    require(type === "application/json", outcome.exchange, "the content type application/json");
  },
};

const malformedBody = (slotMethod: DescMethod): ConformanceCase => ({
  name: "health/malformed-body",
  level: "core",
  wires: ["json"],
  async run(target) {
    const slotPath = `/${slotMethod.parent.typeName}/${slotMethod.name}`;
    const outcome = await target.post(slotPath, '{"cut off');
    require(outcome.status >= 400, outcome.exchange, "an HTTP error for a body that is not JSON");
    await requireHealth(target);
  },
});

const unknownMethod: ConformanceCase = {
  name: "health/unknown-method",
  level: "core",
  wires: ["json"],
  async run(target) {
    const outcome = await target.post(`/${healthCheck.parent.typeName}/NoSuchMethod`, "{}");
    const expected = "HTTP 404 or 501 for an RPC that does not exist";
    require([404, 501].includes(outcome.status), outcome.exchange, expected);
  },
};

const deadline: ConformanceCase = {
  name: "health/deadline",
  level: "core",
  async run(target) {
    // One millisecond: an answer in time or a missed deadline are both right; anything else is not.
    const outcome = await target.call(healthCheck, {}, { timeoutMs: 1 });
    if (!outcome.ok) refused(outcome, Code.DeadlineExceeded);
    await requireHealth(target);
  },
};

const concurrentCalls: ConformanceCase = {
  name: "health/concurrent-calls",
  level: "core",
  run: async (target) => void (await Promise.all(Array.from({ length: 50 }, () => requireHealth(target)))),
};

const described = (contract: string): ConformanceCase => ({
  name: "health/describe",
  level: "core",
  async run(target) {
    const outcome = await target.call(describe, {});
    if (isUnimplemented(outcome)) throw new Unproven("not_applicable", "Describe is not offered");
    const { name, version, contracts } = answered(outcome, "a description, or the error unimplemented");
    require(name !== "" && version !== "", outcome.exchange, "a name and a version");
    require(contracts.includes(contract), outcome.exchange, `contracts to name ${contract}`);
  },
});

const watched: ConformanceCase = {
  name: "health/watch",
  level: "core",
  async run(target) {
    const { messages, error, exchange } = await target.read(watchHealth, {}, ({ length }) => length > 0);
    if (error?.code === Code.Unimplemented)
      throw new Unproven("not_applicable", "WatchHealth is not offered");
    const first = messages[0]?.status ?? "";
    require(WORDS.includes(first), exchange, `a first message at once, with ${EXPECTED_STATUS}`);
  },
};

/** What every plugin must do, whatever its slot. */
export function healthSuite(contract: string, slotMethod: DescMethod): readonly ConformanceCase[] {
  return [
    configured,
    status,
    unknownFields,
    contentType,
    malformedBody(slotMethod),
    unknownMethod,
    deadline,
    concurrentCalls,
    described(contract),
    watched,
  ];
}
