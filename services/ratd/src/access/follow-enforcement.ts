import type { ConfiguredPlugins } from "../plugins/configured-plugins.ts";
import type { Slots } from "../slots/slots.ts";
import type { InvalidationWatch } from "./invalidation-watch.ts";

/** Lets the watch follow the enforcement plugin while it serves, if it offers that. */
export function followEnforcement(deps: {
  readonly slots: Slots;
  readonly plugins: ConfiguredPlugins;
  readonly watch: Pick<InvalidationWatch, "follow">;
}): void {
  const { slots, plugins, watch } = deps;
  const follow = () => {
    const { plugin, port, status } = slots.current().bindings.enforcement;
    const description = plugin && plugins.find(plugin.name)?.plugin.description;
    const offers = description?.capabilities.includes("watch_invalidations") === true;
    watch.follow(status.servedBy === "plugin" && offers ? port : undefined);
  };
  slots.onChange((_, { status }) => {
    if (status.slot === "enforcement") follow();
  });
  plugins.onDescribed(follow);
}
