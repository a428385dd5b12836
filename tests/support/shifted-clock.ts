// Loaded before a process with --import: its calendar clock is wrong by RAT_TEST_CLOCK_SHIFT_MS.
const shift = Number(process.env["RAT_TEST_CLOCK_SHIFT_MS"] ?? 0);
const realNow = Date.now;
Date.now = () => realNow() + shift;
globalThis.Date = new Proxy(Date, {
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [target.now()] : values, newTarget),
  apply: (target) => new target(target.now()).toString(),
});
