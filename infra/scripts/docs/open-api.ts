import { apiTypes } from "./api-types.ts";
import { loadModule } from "./load.ts";
import type { Generator } from "./generator.ts";

const SOURCE = "services/ratd/src/http/openapi.ts";

/** The OpenAPI document, taken from the routes themselves, and the client's types made from it. */
export const openApi: Generator = {
  source: SOURCE,
  async generate(root) {
    const { openApiDocument } = await loadModule(root, SOURCE);
    if (typeof openApiDocument !== "function") throw new Error(`${SOURCE} does not export openApiDocument()`);
    const document: unknown = await openApiDocument();
    return [
      { path: "docs/reference/openapi.json", content: `${JSON.stringify(document, null, 2)}\n` },
      { path: "packages/client/src/gen/api.ts", content: await apiTypes(document) },
    ];
  },
};
