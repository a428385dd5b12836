import { createClient, type Client, type Transport } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { EnforcementService } from "@rat/contracts/enforcement";
import { PluginService } from "@rat/contracts/plugin";
import { SharingService } from "@rat/contracts/sharing";
import { until } from "../support/until.ts";
import { startPlugin, type PluginProcess } from "./sdk-process.ts";

/** A plugin process and its clients. */
interface Running<Service> extends PluginProcess {
  readonly client: Service;
  readonly plugin: Client<typeof PluginService>;
  /** Waits until the plugin says this of its health; answers its message. */
  health(status: string): Promise<string>;
  /** The capabilities that it announces. */
  capabilities(): Promise<readonly string[]>;
}

/** The sharing plugin as a process of its own. */
export type SharingProcess = Running<Client<typeof SharingService>>;

/** The enforcement plugin as a process of its own. */
export type EnforcementProcess = Running<Client<typeof EnforcementService>>;

/** Starts the sharing plugin on a database. It ends with the test. */
export async function startSharing(databaseUrl: string, config: object = {}): Promise<SharingProcess> {
  const env = configured({ database_url: databaseUrl, ...config });
  const process = await startPlugin("services/sharing-plugin/src/main.ts", env);
  const transport = transportTo(process.url);
  return { ...running(process, transport), client: createClient(SharingService, transport) };
}

/** Starts the enforcement plugin. It ends with the test. */
export async function startEnforcement(config: object): Promise<EnforcementProcess> {
  const process = await startPlugin("services/enforcement-plugin/src/main.ts", configured(config));
  const transport = transportTo(process.url);
  return { ...running(process, transport), client: createClient(EnforcementService, transport) };
}

function configured(config: object): Record<string, string> {
  return { RAT_PLUGIN_CONFIG: JSON.stringify(config) };
}

function transportTo(baseUrl: string): Transport {
  return createConnectTransport({ baseUrl, httpVersion: "1.1", defaultTimeoutMs: 10_000 });
}

function running(process: PluginProcess, transport: Transport): Omit<Running<never>, "client"> {
  const plugin = createClient(PluginService, transport);
  return {
    ...process,
    plugin,
    async health(wanted) {
      const { message } = await until(
        async () => {
          const reading = await plugin.healthCheck({});
          return reading.status === wanted ? reading : undefined;
        },
        { timeoutMs: 20_000, what: `the health ${wanted}` },
      );
      return message;
    },
    capabilities: async () => (await plugin.describe({})).capabilities,
  };
}
