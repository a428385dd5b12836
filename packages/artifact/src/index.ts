export { canonicalJson, CanonicalJsonError } from "./canonical-json.ts";
