/** A value now or later: handlers may be plain or async functions. */
export type MaybePromise<T> = T | Promise<T>;
