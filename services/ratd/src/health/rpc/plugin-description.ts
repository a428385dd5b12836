import type { DescribeResponse } from "@rat/contracts/plugin";
import { printable } from "../../platform/connection/failure.ts";

/** What a plugin says of itself; empty when it does not serve Describe. */
export interface PluginDescription {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly contracts: readonly string[];
  readonly capabilities: readonly string[];
}

/** The description of a plugin that says nothing of itself. */
export const UNDESCRIBED: PluginDescription = {
  name: undefined,
  version: undefined,
  contracts: [],
  capabilities: [],
};

/** Takes over an answer of Describe, bounded and fit to be shown. */
export function readDescription(answer: DescribeResponse): PluginDescription {
  return {
    name: printable(answer.name) || undefined,
    version: printable(answer.version).slice(0, 100) || undefined,
    contracts: answer.contracts.slice(0, 20).map(printable),
    capabilities: answer.capabilities.slice(0, 50).map(printable),
  };
}
