import { EngineError } from "@rat/executor-kit";
import { dockerError, statusOf } from "./docker-error.ts";

/** How long the engine may take for a question, in milliseconds. */
export const ASK_MS = 10_000;
/** How long it may take to make, start, stop or remove something. */
export const WORK_MS = 60_000;

/** A signal that fires after so many milliseconds. */
export const within = (ms: number): AbortSignal => AbortSignal.timeout(ms);

/** For the calls whose declaration in the library takes no signal. */
export async function inTime<T>(call: Promise<T>): Promise<T> {
  const late = new EngineError("unreachable", `no answer within ${ASK_MS} ms`);
  const timer = Promise.withResolvers<never>();
  const handle = setTimeout(() => timer.reject(late), ASK_MS);
  try {
    return await Promise.race([call, timer.promise]);
  } finally {
    clearTimeout(handle);
  }
}

/** The answer of a call. @throws EngineError. */
export async function answer<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw dockerError(error);
  }
}

/** The answer of a call; undefined when what it asks about is not there. @throws EngineError. */
export async function known<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await answer(call);
  } catch (error) {
    if (error instanceof EngineError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** Waits for a call, for which that status is as good as success. @throws EngineError. */
export async function unless(status: number, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (statusOf(dockerError(error).cause) !== status) throw error;
  }
}
