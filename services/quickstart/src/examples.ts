import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/** An example plugin that rat.yaml names. */
export interface Example {
  readonly slot: string;
  /** For example `hello-auth`: the name of its image and of its file. */
  readonly name: string;
  /** Path of its source, from the root of the repository. */
  readonly file: string;
  readonly host: string;
  readonly port: string;
}

/** What the quickstart reads of rat.yaml; ratd itself checks the file. */
interface RatYaml {
  readonly plugins?: Readonly<Record<string, { readonly image?: string; readonly address?: string } | null>>;
}

/** The plugins of rat.yaml whose image is one of the examples. */
export function findExamples(root: string, configFile: string): readonly Example[] {
  const yaml = (parse(readFileSync(configFile, "utf8")) ?? {}) as RatYaml;
  return Object.entries(yaml.plugins ?? {}).flatMap(([slot, plugin]) => {
    const name = /([^/:@]+)(?:[:@][^/]*)?$/.exec(plugin?.image ?? "")?.[1] ?? "";
    const address = /^(.*):(\d+)$/.exec(plugin?.address ?? "");
    const file = join("packages/plugin-sdk/examples", `${name}.ts`);
    if (address?.[1] === undefined || address[2] === undefined || !existsSync(join(root, file))) return [];
    return [{ slot, name, file, host: address[1], port: address[2] }];
  });
}
