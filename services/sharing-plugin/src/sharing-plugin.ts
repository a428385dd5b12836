import { definePlugin, PluginError, type PluginDefinition } from "@rat/plugin-sdk";
import { checkTexts } from "./checked-text.ts";
import { sharingConfig, type SharingConfig } from "./config.ts";
import { Station } from "./station.ts";

/** The plugin: grants and owners in PostgreSQL. */
export function sharingPlugin(): PluginDefinition<"sharing", typeof sharingConfig> {
  let station: Station | undefined;
  const stores = (): ReturnType<Station["stores"]> => {
    if (station === undefined) throw new PluginError("unavailable", "the plugin has no configuration");
    return station.stores();
  };
  const close = async (): Promise<void> => {
    const closing = station;
    station = undefined;
    await closing?.[Symbol.asyncDispose]();
  };
  return definePlugin("sharing", {
    name: "sharing-plugin",
    version: "0.1.0",
    config: sharingConfig,

    async configured(ctx) {
      const next = new Station(ctx);
      // A database that is away does not refuse the configuration: the health says so until it is there.
      await next.open();
      await close();
      station = next;
    },
    stop: close,

    async shareResource(input, { config }) {
      checkTexts({ grantor_id: input.grantorId, grantee_id: input.granteeId, resource_id: input.resourceId });
      checkType(input.resourceType, config);
      return stores().grants.share(input);
    },
    async revokeAccess({ grantId, revokedBy }) {
      checkTexts({ grant_id: grantId, revoked_by: revokedBy });
      return { revoked: await stores().grants.revoke(grantId, revokedBy) };
    },
    async listAccess(input) {
      checkTexts({ resource_type: input.resourceType, resource_id: input.resourceId });
      return stores().grants.list(input);
    },
    async getGrant({ grantId }) {
      checkTexts({ grant_id: grantId });
      return stores().grants.get(grantId);
    },
    async listGranteeAccess(input) {
      checkTexts({ user_id: input.userId, resource_type: input.resourceType });
      for (const role of input.roles) checkTexts({ roles: role });
      return stores().grants.listOf(input);
    },
    async forgetResource(input) {
      checkTexts({ resource_id: input.resourceId, removed_by: input.removedBy });
      const revoked = await stores().grants.forget(input, input.removedBy);
      await stores().owners.forget(input);
      return { revoked };
    },
    async transferOwnership(input, { config }) {
      checkTexts({
        from_user_id: input.fromUserId,
        to_user_id: input.toUserId,
        resource_id: input.resourceId,
      });
      checkType(input.resourceType, config);
      await stores().owners.transfer(input);
      return { transferred: true };
    },
  });
}

/** @throws PluginError `invalid_argument` for a kind of thing that is not shared here. */
function checkType(resourceType: string, { resource_types: shared }: SharingConfig): void {
  if (shared.includes(resourceType)) return;
  throw new PluginError("invalid_argument", `resource_type: must be one of ${shared.join(", ")}`);
}
