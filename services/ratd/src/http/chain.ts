import { accessLogLayer } from "./layers/access-log.ts";
import { auditLayer } from "./layers/audit.ts";
import { authenticateLayer } from "./layers/authenticate.ts";
import { authorizeLayer } from "./layers/authorize.ts";
import { clientAddressLayer } from "./layers/client-address.ts";
import { corsLayer } from "./layers/cors.ts";
import { errorMappingLayer } from "./layers/error-mapping.ts";
import type { Layer } from "./layers/layer.ts";
import { limitsLayer } from "./layers/limits.ts";
import { rateLimitLayer } from "./layers/rate-limit.ts";
import { requestIdLayer } from "./layers/request-id.ts";
import { securityHeadersLayer } from "./layers/security-headers.ts";

/** What every request passes, in this order. The auth slot is layer 9. */
export const CHAIN: readonly Layer[] = [
  corsLayer,
  securityHeadersLayer,
  requestIdLayer,
  clientAddressLayer,
  accessLogLayer,
  errorMappingLayer,
  limitsLayer,
  rateLimitLayer,
  authenticateLayer,
  auditLayer,
  authorizeLayer,
];
