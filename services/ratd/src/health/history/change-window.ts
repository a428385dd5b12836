import type { HealthEvent } from "./health-record.ts";

// One stored row a second and plugin: a plugin that flaps five times a second must not fill the disk.
const WINDOW_MS = 1_000;

/** Bounds of what is remembered. */
export interface HistoryLimits {
  readonly perPlugin: number;
  readonly overall: number;
}

/** Changes of status of one plugin on their way to the store. */
interface Track {
  /** Changes that the store shall get, oldest first. */
  ready: HealthEvent[];
  /** The net change since the last ready one, while its second has not passed. */
  held: HealthEvent | undefined;
  /** Monotonic start of the running second. */
  windowStart: number;
  /** Newest wall time given to an event, so that each has its own. */
  lastAt: number;
  /** What the store got lately, oldest first, for reading while it is down. */
  stored: HealthEvent[];
}

/** Collects changes of status: at most one a second and plugin, net, bounded, oldest dropped first. */
export class ChangeWindow {
  readonly #limits: HistoryLimits;
  readonly #tracks = new Map<string, Track>();
  #sequence = 0;
  #readyCount = 0;
  #dropped = 0;

  constructor(limits: HistoryLimits = { perPlugin: 1_000, overall: 10_000 }) {
    this.#limits = limits;
  }

  /** Changes that were lost since the store was away for too long. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether the store lacks anything, held changes included. */
  get pending(): boolean {
    return this.#readyCount > 0 || [...this.#tracks.values()].some((track) => track.held !== undefined);
  }

  /** Notes a change at a wall time and a monotonic time. */
  add(change: Omit<HealthEvent, "id">, monotonic: number): void {
    const track = this.#track(change.plugin, monotonic);
    this.#release(track, monotonic, false);
    const event = { ...change, id: `pending-${(this.#sequence += 1)}` };
    if (track.held !== undefined) {
      track.held = track.held.from === event.to ? undefined : { ...event, from: track.held.from };
    } else if (monotonic < track.windowStart + WINDOW_MS) {
      track.held = event;
    } else {
      this.#ready(track, event, monotonic);
    }
  }

  /** Takes up to `count` changes for the store; with `force` those too whose second has not passed. */
  take(count: number, monotonic: number, force: boolean): readonly HealthEvent[] {
    const taken: HealthEvent[] = [];
    for (const track of this.#tracks.values()) {
      this.#release(track, monotonic, force);
      if (taken.length < count) taken.push(...track.ready.splice(0, count - taken.length));
    }
    this.#readyCount -= taken.length;
    return taken;
  }

  /** Takes back what the store did not accept. */
  restore(events: readonly HealthEvent[]): void {
    for (const [plugin, own] of Map.groupBy(events, (event) => event.plugin)) {
      this.#track(plugin, 0).ready.unshift(...own);
      this.#readyCount += own.length;
      this.#trim(this.#track(plugin, 0));
    }
  }

  /** Keeps what the store accepted for reading while it is down. */
  confirm(events: readonly HealthEvent[]): void {
    for (const event of events) {
      const { stored } = this.#track(event.plugin, 0);
      stored.push(event);
      if (stored.length > 100) stored.shift();
    }
  }

  /** What the store does not have, newest first. */
  unstored(plugin: string): readonly HealthEvent[] {
    const track = this.#tracks.get(plugin);
    if (track === undefined) return [];
    return [...track.ready, ...(track.held === undefined ? [] : [track.held])].toReversed();
  }

  /** All that is remembered here, newest first. */
  remembered(plugin: string): readonly HealthEvent[] {
    return [...this.unstored(plugin), ...(this.#tracks.get(plugin)?.stored.toReversed() ?? [])];
  }

  #track(plugin: string, monotonic: number): Track {
    let track = this.#tracks.get(plugin);
    if (track === undefined) {
      track = { ready: [], held: undefined, windowStart: monotonic - WINDOW_MS, lastAt: 0, stored: [] };
      this.#tracks.set(plugin, track);
    }
    return track;
  }

  /** Makes a held change ready once its second has passed. */
  #release(track: Track, monotonic: number, force: boolean): void {
    const end = track.windowStart + WINDOW_MS;
    if (track.held === undefined || (!force && monotonic < end)) return;
    const { held } = track;
    track.held = undefined;
    this.#ready(track, held, Math.max(end, monotonic - WINDOW_MS));
  }

  #ready(track: Track, event: HealthEvent, windowStart: number): void {
    const at = Math.max(event.at.getTime(), track.lastAt + 1);
    track.lastAt = at;
    track.windowStart = windowStart;
    track.ready.push({ ...event, at: new Date(at) });
    this.#readyCount += 1;
    this.#trim(track);
  }

  #trim(track: Track): void {
    while (track.ready.length > this.#limits.perPlugin) this.#drop(track);
    while (this.#readyCount > this.#limits.overall) {
      const longest = [...this.#tracks.values()].reduce((a, b) => (b.ready.length > a.ready.length ? b : a));
      this.#drop(longest);
    }
  }

  #drop(track: Track): void {
    track.ready.shift();
    this.#readyCount -= 1;
    this.#dropped += 1;
  }
}
