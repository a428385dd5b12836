import { describe, expect, it } from "vitest";
import { createManualClock } from "../../../../../tests/support/manual-clock.ts";
import { AddressBook } from "./address-book.ts";

const notFound = () => Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
const tryAgain = () => Object.assign(new Error("getaddrinfo EAI_AGAIN"), { code: "EAI_AGAIN" });

function createBook(host: string, answers: (readonly string[] | Error)[]) {
  let asked = 0;
  const clock = createManualClock();
  const resolver = () => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? [];
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  return { book: new AddressBook(host, { resolver, clock }), clock, asked: () => asked };
}

describe("AddressBook", () => {
  it("asks nobody about an address", async () => {
    const { book, asked } = createBook("::1", []);
    expect((await book.resolve(true)).addresses).toEqual(["::1"]);
    expect(asked()).toBe(0);
  });

  it("asks once for callers at the same time, and again when the answer is old", async () => {
    const { book, clock, asked } = createBook("a.test", [["10.0.0.1", "10.0.0.1"], ["10.0.0.2"]]);
    const [first, second] = await Promise.all([book.resolve(), book.resolve()]);
    expect(first.addresses).toEqual(["10.0.0.1"]);
    expect(second).toBe(first);
    await book.resolve();
    expect(asked()).toBe(1);
    clock.advance(10_001);
    expect((await book.resolve()).addresses).toEqual(["10.0.0.2"]);
  });

  it("keeps the last addresses while the name server fails, and drops them when the name is gone", async () => {
    const { book } = createBook("a.test", [["10.0.0.1"], tryAgain(), notFound(), ["10.0.0.3"]]);
    await book.resolve();
    expect(await book.resolve(true)).toMatchObject({ addresses: ["10.0.0.1"], error: { code: "EAI_AGAIN" } });
    expect(await book.resolve(true)).toMatchObject({ addresses: [], error: { code: "ENOTFOUND" } });
    expect(await book.resolve(true)).toMatchObject({ addresses: ["10.0.0.3"], error: undefined });
  });
});
