import { dirname, isAbsolute, join } from "node:path";
import type { NewPipeline, NewTrigger } from "@rat/client";
import { CliError } from "../../output/cli-error.ts";
import { LAYERS, pipelineText, type NamedPipeline } from "./pipeline-ref.ts";

/** One pipeline of a file, with its triggers. */
export interface WantedPipeline {
  readonly ref: NamedPipeline;
  /** Where it is described, for errors: file and pipeline. */
  readonly where: string;
  /** What is sent; ratd checks it and names fields. */
  readonly pipeline: NewPipeline;
  readonly triggers: readonly NewTrigger[];
  /** The file that the SQL came from. */
  readonly sqlFile: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads the pipelines of a YAML file; `read` reads further files. Errors name file, pipeline and field. */
export async function readPipelineFile(
  file: string,
  read: (path: string) => Promise<string>,
): Promise<readonly WantedPipeline[]> {
  const { parseAllDocuments } = await import("yaml");
  const text = await readOr(file, read, file);
  const wanted: WantedPipeline[] = [];
  for (const document of parseAllDocuments(text)) {
    const [error] = "errors" in document ? document.errors : [];
    if (error !== undefined) throw new CliError("bad_usage", `${file}: ${error.message.trim()}`);
    const content: unknown = "toJS" in document ? document.toJS() : null;
    if (content === null) continue;
    for (const { fields, namespace } of entries(file, content)) {
      wanted.push(await readPipeline(file, fields, namespace, read, wanted.length + 1));
    }
  }
  if (wanted.length === 0) throw new CliError("bad_usage", `${file} describes no pipelines`);
  const twice = wanted.find(({ ref }, at) => wanted.findIndex((other) => same(other.ref, ref)) < at);
  if (twice !== undefined) throw new CliError("bad_usage", `${twice.where}: described twice`);
  return wanted;
}

function entries(
  file: string,
  content: unknown,
): readonly { readonly fields: unknown; readonly namespace: string | undefined }[] {
  if (Array.isArray(content)) return content.map((fields: unknown) => ({ fields, namespace: undefined }));
  if (!isFields(content) || !("pipelines" in content)) return [{ fields: content, namespace: undefined }];
  const { pipelines, namespace, ...other } = content;
  const [stray] = Object.keys(other);
  if (stray !== undefined) {
    throw new CliError("bad_usage", `${file}: ${stray} is not known; use namespace and pipelines`);
  }
  if (!Array.isArray(pipelines)) throw new CliError("bad_usage", `${file}: pipelines must be a list`);
  if (namespace !== undefined && typeof namespace !== "string") {
    throw new CliError("bad_usage", `${file}: namespace must be text`);
  }
  return pipelines.map((fields: unknown) => ({ fields, namespace }));
}

async function readPipeline(
  file: string,
  content: unknown,
  defaultNamespace = "default",
  read: (path: string) => Promise<string>,
  number: number,
): Promise<WantedPipeline> {
  const at = `${file}: pipeline ${number}`;
  if (!isFields(content)) throw new CliError("bad_usage", `${at}: must be a map with layer, name and kind`);
  const {
    namespace = defaultNamespace,
    layer: layerName,
    name,
    triggers = [],
    sql_file: sqlFile,
    ...rest
  } = content;
  const layer = LAYERS.find((known) => known === layerName);
  if (layer === undefined)
    throw new CliError("bad_usage", `${at}: layer must be one of ${LAYERS.join(", ")}`);
  if (typeof name !== "string" || name === "") throw new CliError("bad_usage", `${at}: name must be text`);
  if (typeof namespace !== "string") throw new CliError("bad_usage", `${at}: namespace must be text`);
  const ref = { namespace, layer, name };
  const where = `${file}: ${pipelineText(ref)}`;
  if (!Array.isArray(triggers)) throw new CliError("bad_usage", `${where}: triggers must be a list`);
  const spec = isFields(rest["spec"]) ? rest["spec"] : rest["spec"] === undefined ? {} : undefined;
  if (spec === undefined) throw new CliError("bad_usage", `${where}: spec must be a map`);
  const wanted = {
    ref,
    where,
    triggers: triggers.map((trigger: unknown, index) =>
      parseTrigger(trigger, `${where}: triggers[${index}]`, ref),
    ),
  };
  if (sqlFile === undefined) {
    return { ...wanted, sqlFile: undefined, pipeline: toPipeline(ref, rest, spec) };
  }
  if (typeof sqlFile !== "string") throw new CliError("bad_usage", `${where}: sql_file must be text`);
  if ("sql" in spec) throw new CliError("bad_usage", `${where}: sql_file and spec.sql exclude each other`);
  const path = isAbsolute(sqlFile) ? sqlFile : join(dirname(file), sqlFile);
  const sql = await readOr(path, read, `${where}: sql_file`);
  return { ...wanted, sqlFile: path, pipeline: toPipeline(ref, rest, { ...spec, sql }) };
}

/** The request of a description; ratd itself refuses fields and values that it does not know, and names them. */
function toPipeline(ref: NamedPipeline, rest: Fields, spec: Fields): NewPipeline {
  return { ...rest, ...ref, spec } as unknown as NewPipeline;
}

/** A trigger; pipelines are named in full, so that it is comparable with what ratd shows. */
function parseTrigger(content: unknown, where: string, ref: NamedPipeline): NewTrigger {
  if (!isFields(content) || typeof content["kind"] !== "string") {
    throw new CliError("bad_usage", `${where}: must be a map with kind and config`);
  }
  const { config = {} } = content;
  if (!isFields(config)) throw new CliError("bad_usage", `${where}: config must be a map`);
  const upstream = config["pipeline"];
  const full =
    content["kind"] === "upstream" && typeof upstream === "string" && upstream.split("/").length === 2
      ? { ...config, pipeline: `${ref.namespace}/${upstream}` }
      : config;
  return { ...content, config: full } as unknown as NewTrigger;
}

async function readOr(path: string, read: (path: string) => Promise<string>, where: string): Promise<string> {
  try {
    return await read(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CliError("bad_usage", `${where} cannot be read: ${reason}`, { cause });
  }
}

function same(a: NamedPipeline, b: NamedPipeline): boolean {
  return pipelineText(a) === pipelineText(b);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
