import { connect } from "node:net";
import { PluginService } from "@rat/contracts/plugin";
import type { ConformanceConfig } from "./conformance-config.ts";
import { Unproven, Violation, type ConformanceCase } from "./conformance-case.ts";
import { countCases, type CaseResult, type ConformanceResult } from "./conformance-result.ts";
import { createRedact, type Exchange } from "./exchange.ts";
import { suites, type ConformanceSlot } from "./suites/suites.ts";
import { Target } from "./target.ts";
import { REQUIRED_WIRES, WIRES, type Wire } from "./wires.ts";

/** What to run, and against what. */
export interface ConformanceOptions {
  /** Where the plugin listens: a URL, or host:port for plain HTTP. */
  readonly address: string;
  /** Wires to require. Absent: JSON and proto are required, gRPC is recorded. */
  readonly wires?: readonly Wire[];
  /** Only the cases of these names. */
  readonly names?: readonly string[];
  readonly config?: ConformanceConfig;
  /** How long each call may take, in milliseconds; 5,000 by default, ratd's own limit for a health check. */
  readonly timeoutMs?: number;
  /** Receives each result when it is known. */
  readonly onResult?: (result: CaseResult) => void;
  /** Receives each exchange with the plugin. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/** Runs the suite of a slot against a plugin. The plugin may be written in any language. */
export async function runConformance(
  slot: ConformanceSlot,
  options: ConformanceOptions,
): Promise<ConformanceResult> {
  const address = normalizeAddress(options.address);
  const cases = suites[slot].filter(({ name }) => options.names?.includes(name) ?? true);
  const results: CaseResult[] = [];
  let reachable = await accepts(address);
  for (const wire of options.wires ?? WIRES) {
    if (!reachable) break;
    const required = options.wires !== undefined || REQUIRED_WIRES.includes(wire);
    const target = createTarget(address, wire, options);
    if (!required && !(await speaks(target))) {
      results.push({ ...NOT_SPOKEN, wire });
      options.onResult?.({ ...NOT_SPOKEN, wire });
      continue;
    }
    for (const one of cases) {
      if (one.wires !== undefined && !one.wires.includes(wire)) continue;
      const result = await runCase(one, target, wire, required);
      results.push(result);
      options.onResult?.(result);
      // A plugin that died would fail all that follows; what is known so far says more.
      if (result.status === "fail" && !(await accepts(address))) {
        reachable = false;
        break;
      }
    }
  }
  const counts = countCases(results);
  const passed = reachable && counts.fail === 0;
  return { slot, address, reachable, passed, counts, cases: results };
}

const NOT_SPOKEN = {
  name: "wire/spoken",
  level: "core",
  status: "not_applicable",
  reason: "the plugin does not speak this wire, which is not required",
  durationMs: 0,
} as const;

async function runCase(
  one: ConformanceCase,
  target: Target,
  wire: Wire,
  required: boolean,
): Promise<CaseResult> {
  const start = performance.now();
  const common = { name: one.name, level: one.level, wire };
  const durationMs = (): number => Math.round(performance.now() - start);
  try {
    await one.run(target);
    return { ...common, status: "pass", reason: "", durationMs: durationMs() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Unproven)
      return { ...common, status: error.status, reason, durationMs: durationMs() };
    const status = required ? "fail" : "known_fail";
    const violation = error instanceof Violation ? { violation: error.details } : {};
    return { ...common, status, reason, ...violation, durationMs: durationMs() };
  }
}

function createTarget(address: string, wire: Wire, options: ConformanceOptions): Target {
  const config = options.config ?? {};
  return new Target({
    address,
    wire,
    config,
    timeoutMs: options.timeoutMs ?? 5000,
    redact: createRedact([config.token ?? "", ...textsIn(config.configure)]),
    trace: options.onExchange ?? (() => undefined),
  });
}

/** Texts of a configuration that are long enough to be secrets. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value.length >= 6 ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

async function speaks(target: Target): Promise<boolean> {
  return (await target.call(PluginService.method.healthCheck, {})).ok;
}

/** @throws TypeError when the address is not one. */
function normalizeAddress(address: string): string {
  const url = new URL(/^https?:\/\//.test(address) ? address : `http://${address}`);
  return url.href.replace(/\/+$/, "");
}

/** True when something accepts connections there. */
async function accepts(address: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(address);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    timeout: 5000,
  });
  return new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
