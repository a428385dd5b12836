import { expect, test } from "vitest";
import { createRedact, Exchange } from "./exchange.ts";

function exchange(body: string): Exchange {
  const redact = createRedact(["hunter2"]);
  const contentType = "application/json";
  return new Exchange({ path: "/s/Rpc", body, contentType, address: "http://h:1", redact });
}

test("hides given secrets and temporary credentials, in the request, the answer and the replay", () => {
  const shown = exchange('{"token":"hunter2","s3_credentials":{"KEY":"abc"}}');
  shown.got('{"credentials":{"AWS_SECRET_ACCESS_KEY":"xyz"},"expires_at":"1","note":"hunter2"}');
  expect(shown.sent).toBe('/s/Rpc {"token":"***","s3_credentials":{"***":"***"}}');
  expect(shown.answer).toBe('{"credentials":{"***":"***"},"expires_at":"1","note":"***"}');
  expect(shown.replay).not.toMatch(/hunter2|abc/);
});

test("the replay is one shell command, whatever the body holds", () => {
  const { replay } = exchange(`{"token":"' OR 1=1; rm -rf / '"}`);
  expect(replay).toBe(
    String.raw`curl -sS -H 'content-type: application/json' -d '{"token":"'\'' OR 1=1; rm -rf / '\''"}' http://h:1/s/Rpc`,
  );
});

test("a long body is cut, and says how long it was", () => {
  expect(exchange("x".repeat(1000)).sent).toMatch(/x{600}\.\.\. \(1000 characters\)$/);
});
