import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { generatedNotice, markdownTable, type Generator } from "./generator.ts";
import { listOrEmpty, record, recordOrEmpty, textOrEmpty } from "./load.ts";

const SOURCE = "proto/buf.yaml";
const OWN_PACKAGE = "rat.";

/** Places of the parts of a file in a descriptor, as protobuf numbers them. */
const MESSAGE = 4;
const ENUM = 5;
const SERVICE = 6;
const MEMBER = 2;
const NESTED_MESSAGE = 3;
const NESTED_ENUM = 4;

type Descriptor = Readonly<Record<string, unknown>>;
/** The comment above the part at a path such as "4.0.2.1". */
type Comments = ReadonlyMap<string, string>;

/** Every service, message and enum of the wire contracts, with the comments of the .proto files. */
export const protos: Generator = {
  source: SOURCE,
  async generate(root) {
    const buf = fileURLToPath(new URL("node_modules/.bin/buf", root));
    const { stdout } = await promisify(execFile)(buf, ["build", "proto", "-o", "-#format=json"], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
    });
    const image = record(JSON.parse(stdout), "the image of buf");
    const files = listOrEmpty(image["file"])
      .map(recordOrEmpty)
      .filter((file) => textOrEmpty(file["package"]).startsWith(OWN_PACKAGE));
    const lines = [
      generatedNotice("proto/"),
      "",
      "# Wire contracts",
      "",
      "What ratd and plugins say to each other. The `.proto` files in `proto/` are the contract; this page shows them.",
      ...files.flatMap(fileSection),
    ];
    return [{ path: "docs/reference/protos.md", content: `${lines.join("\n")}\n` }];
  },
};

function fileSection(file: Descriptor): readonly string[] {
  const comments = commentsOf(file);
  const heading = comments.get("2") ?? "";
  return [
    "",
    `## ${textOrEmpty(file["package"])}`,
    "",
    `\`proto/${textOrEmpty(file["name"])}\``,
    ...(heading === "" ? [] : ["", heading]),
    ...indexed(file["service"]).flatMap(([service, at]) =>
      serviceSection(service, `${SERVICE}.${at}`, comments),
    ),
    ...indexed(file["messageType"]).flatMap(([message, at]) =>
      messageSection(message, "", `${MESSAGE}.${at}`, comments),
    ),
    ...indexed(file["enumType"]).flatMap(([type, at]) => enumSection(type, "", `${ENUM}.${at}`, comments)),
  ];
}

function serviceSection(service: Descriptor, path: string, comments: Comments): readonly string[] {
  const rows = indexed(service["method"]).map(([method, at]) => [
    `\`${textOrEmpty(method["name"])}\``,
    `${method["clientStreaming"] === true ? "stream " : ""}\`${shortName(method["inputType"])}\``,
    `${method["serverStreaming"] === true ? "stream " : ""}\`${shortName(method["outputType"])}\``,
    [comments.get(`${path}.${MEMBER}.${at}`) ?? "", ...(readsOnly(method) ? ["Only reads."] : [])].join(" "),
  ]);
  return [
    ...section(`service ${textOrEmpty(service["name"])}`, comments.get(path)),
    markdownTable(["RPC", "Request", "Response", ""], rows),
  ];
}

function readsOnly(method: Descriptor): boolean {
  return recordOrEmpty(method["options"])["idempotencyLevel"] === "NO_SIDE_EFFECTS";
}

function messageSection(
  message: Descriptor,
  outer: string,
  path: string,
  comments: Comments,
): readonly string[] {
  if (recordOrEmpty(message["options"])["mapEntry"] === true) return [];
  const name = `${outer}${textOrEmpty(message["name"])}`;
  const maps = new Map(
    indexed(message["nestedType"]).map(([nested]) => [textOrEmpty(nested["name"]), nested]),
  );
  const rows = indexed(message["field"]).map(([field, at]) => [
    numberText(field["number"]),
    `\`${textOrEmpty(field["name"])}\``,
    `\`${fieldType(field, maps)}\``,
    comments.get(`${path}.${MEMBER}.${at}`) ?? "",
  ]);
  return [
    ...section(name, comments.get(path)),
    rows.length === 0 ? "No fields." : markdownTable(["No.", "Field", "Type", ""], rows),
    ...indexed(message["nestedType"]).flatMap(([nested, at]) =>
      messageSection(nested, `${name}.`, `${path}.${NESTED_MESSAGE}.${at}`, comments),
    ),
    ...indexed(message["enumType"]).flatMap(([nested, at]) =>
      enumSection(nested, `${name}.`, `${path}.${NESTED_ENUM}.${at}`, comments),
    ),
  ];
}

function enumSection(type: Descriptor, outer: string, path: string, comments: Comments): readonly string[] {
  const rows = indexed(type["value"]).map(([value, at]) => [
    numberText(value["number"]),
    `\`${textOrEmpty(value["name"])}\``,
    comments.get(`${path}.${MEMBER}.${at}`) ?? "",
  ]);
  return [
    ...section(`enum ${outer}${textOrEmpty(type["name"])}`, comments.get(path)),
    markdownTable(["No.", "Value", ""], rows),
  ];
}

function section(title: string, comment: string | undefined): readonly string[] {
  return ["", `### ${title}`, "", ...(comment === undefined ? [] : [comment, ""])];
}

function fieldType(field: Descriptor, nested: ReadonlyMap<string, Descriptor>): string {
  const name = shortName(field["typeName"]);
  const entry = nested.get(name.split(".").at(-1) ?? name);
  if (entry !== undefined && recordOrEmpty(entry["options"])["mapEntry"] === true) {
    const [key, value] = listOrEmpty(entry["field"]).map(recordOrEmpty);
    return `map<${scalarType(key ?? {})}, ${scalarType(value ?? {})}>`;
  }
  const label = field["label"] === "LABEL_REPEATED" ? "repeated " : "";
  const optional = field["proto3Optional"] === true ? "optional " : "";
  return `${label}${optional}${scalarType(field)}`;
}

function scalarType(field: Descriptor): string {
  return shortName(field["typeName"]) || textOrEmpty(field["type"]).replace("TYPE_", "").toLowerCase();
}

/** A type as readers of the page know it: own packages without their prefix, foreign ones in full. */
function shortName(type: unknown): string {
  return textOrEmpty(type)
    .replace(/^\./u, "")
    .replace(/^rat\.\w+\.v\d+\./u, "");
}

/** A number of the contract; the JSON of a descriptor leaves zero out. */
function numberText(value: unknown): string {
  return typeof value === "number" ? String(value) : "0";
}

function indexed(list: unknown): readonly (readonly [Descriptor, number])[] {
  return listOrEmpty(list).map((item, index) => [recordOrEmpty(item), index] as const);
}

function commentsOf(file: Descriptor): Comments {
  const locations = listOrEmpty(recordOrEmpty(file["sourceCodeInfo"])["location"]).map(recordOrEmpty);
  return new Map(
    locations.flatMap((location) => {
      const text = textOrEmpty(location["leadingComments"]) || textOrEmpty(location["trailingComments"]);
      const lines = text.split("\n").map((line) => line.trim());
      return text === "" ? [] : [[listOrEmpty(location["path"]).join("."), lines.join(" ").trim()] as const];
    }),
  );
}
