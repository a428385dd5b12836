import { referenceName, typeOf, union } from "./json-schema-types.ts";
import { formatTypeScript, listOrEmpty, recordOrEmpty, textOrEmpty } from "./load.ts";

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

interface Route {
  readonly name: string;
  readonly summary: string;
  readonly body: string;
  readonly query: string;
  readonly answer: string;
  /** Keys that the answer always has, for the check at the client's boundary. */
  readonly required: readonly string[];
}

/** The TypeScript file of the client's types: one entry per route of an OpenAPI document. */
export function apiTypes(document: unknown): Promise<string> {
  const components = recordOrEmpty(recordOrEmpty(recordOrEmpty(document)["components"])["schemas"]);
  const routes = operationsOf(document).map((operation) => routeOf(operation, components));
  return formatTypeScript(
    [
      "// Made from docs/reference/openapi.json by `npm run docs`. Edit the routes of ratd, not this file.",
      ...usedComponents(document, components).map(
        ([name, schema]) =>
          `/** ${textOrEmpty(recordOrEmpty(schema)["description"]) || `The shape \`${name}\` of the API.`} */\n` +
          `type ${referenceName(name)} = ${typeOf(schema)};`,
      ),
      "/** Every route of ratd: what a request carries and what a success answers. */\n" +
        `export interface Routes {\n${routes.map(member).join("\n")}\n}`,
      "/** The keys that the answer of a route always has. */\n" +
        `export const REQUIRED_KEYS: Readonly<Record<keyof Routes, readonly string[]>> = {
        ${routes.map((route) => `${JSON.stringify(route.name)}: ${JSON.stringify(route.required)},`).join("\n")}
      };`,
    ].join("\n\n"),
  );
}

/** The shared shapes that the printed types refer to; the rest would be unused types. */
function usedComponents(
  document: unknown,
  components: Readonly<Record<string, unknown>>,
): readonly (readonly [string, unknown])[] {
  const operations = operationsOf(document).map(({ operation }) => operation);
  const waiting: unknown[] = operations.flatMap((operation) => [
    ...successes(operation).flatMap(jsonSchema),
    ...jsonSchema(operation["requestBody"]),
    operation["parameters"],
  ]);
  const used = new Set<string>();
  for (let schema = waiting.pop(); schema !== undefined || waiting.length > 0; schema = waiting.pop()) {
    const keywords = recordOrEmpty(schema);
    const name = textOrEmpty(keywords["$ref"]).split("/").at(-1) ?? "";
    if (Object.hasOwn(components, name) && !used.has(name)) {
      used.add(name);
      waiting.push(components[name]);
    }
    waiting.push(...Object.values(keywords).filter((value) => typeof value === "object"));
  }
  return Object.entries(components).filter(([name]) => used.has(name));
}

function member({ name, summary, query, body, answer }: Route): string {
  const comment = summary === "" ? "" : `/** ${summary.replaceAll("*/", "* /")} */\n`;
  return `${comment}readonly ${JSON.stringify(name)}: { readonly query: ${query}; readonly body: ${body}; readonly answer: ${answer} };`;
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly operation: Readonly<Record<string, unknown>>;
}

function operationsOf(document: unknown): readonly Operation[] {
  const paths = Object.entries(recordOrEmpty(recordOrEmpty(document)["paths"]));
  return paths.flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = recordOrEmpty(item)[method];
      return operation === undefined ? [] : [{ method, path, operation: recordOrEmpty(operation) }];
    }),
  );
}

function successes(operation: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(recordOrEmpty(operation["responses"])).flatMap(([status, response]) =>
    /^2\d\d$/u.test(status) ? [response] : [],
  );
}

function routeOf(
  { method, path, operation }: Operation,
  components: Readonly<Record<string, unknown>>,
): Route {
  const answers = successes(operation).flatMap(jsonSchema);
  return {
    name: `${method.toUpperCase()} ${path}`,
    summary: textOrEmpty(operation["summary"]),
    query: queryType(listOrEmpty(operation["parameters"])),
    body: union(jsonSchema(operation["requestBody"]).map(typeOf)) || "undefined",
    answer: union(answers.map(typeOf)) || "undefined",
    required: answers.length === 1 ? requiredKeys(answers[0], components) : [],
  };
}

/** The JSON schema of a request body or of a response, as a list of none or one. */
function jsonSchema(holder: unknown): readonly unknown[] {
  const content = recordOrEmpty(recordOrEmpty(holder)["content"]);
  const schema = recordOrEmpty(content["application/json"])["schema"];
  return schema === undefined ? [] : [schema];
}

function requiredKeys(schema: unknown, components: Readonly<Record<string, unknown>>): readonly string[] {
  const reference = recordOrEmpty(schema)["$ref"];
  const target =
    typeof reference === "string" ? components[reference.split("/").at(-1) ?? reference] : schema;
  return listOrEmpty(recordOrEmpty(target)["required"]).filter((key) => typeof key === "string");
}

function queryType(parameters: readonly unknown[]): string {
  const members = parameters.map(recordOrEmpty).flatMap((parameter) => {
    if (parameter["in"] !== "query") return [];
    const mark = parameter["required"] === true ? "" : "?";
    return [
      `readonly ${JSON.stringify(textOrEmpty(parameter["name"]))}${mark}: ${typeOf(parameter["schema"])};`,
    ];
  });
  return members.length === 0 ? "undefined" : `{ ${members.join(" ")} }`;
}
