import { Type } from "typebox";
import { name, nullable, resourceType, time } from "../kit/fields.ts";

/** The shape of grants. */
export const sharingShapes = {
  Grant: Type.Object(
    {
      grant_id: Type.String(),
      grantee_id: Type.String(),
      grantee_type: Type.Enum(["user", "role"]),
      resource_type: Type.String(),
      resource_id: Type.String(),
      permission: Type.Enum(["read", "write", "admin"]),
      granted_by: Type.String(),
      granted_at: nullable(time("When it was given.")),
      expires_at: nullable(time("When it ends by itself.")),
      revoked_by: nullable(Type.String()),
      revoked_at: nullable(time("When it was taken back.")),
    },
    { $id: "Grant" },
  ),
} as const;

/** What requests about grants and owners send. */
export const sharingBodies = {
  share: Type.Object({
    grantee_id: name("Who receives access."),
    grantee_type: Type.Optional(Type.Enum(["user", "role"], { default: "user" })),
    resource_type: resourceType,
    resource_id: name("The thing."),
    permission: Type.Enum(["read", "write", "admin"]),
    expires_at: Type.Optional(time("When the grant ends by itself.")),
  }),
  transfer: Type.Object({
    resource_type: resourceType,
    resource_id: name("The thing."),
    to_user_id: name("The next owner."),
    from_user_id: Type.Optional(name("The owner now; default: the caller.")),
  }),
};

const bounded = Type.String({ minLength: 1, maxLength: 512 });

/** Which grants on a thing are wanted. */
export const grantQuery = Type.Object({
  resource_type: bounded,
  resource_id: bounded,
  include_ended: Type.Optional(
    Type.Enum(["true", "false"], { description: "Also grants that were taken back or have run out." }),
  ),
});

/** A grant as paths name it. */
export const grantParams = Type.Object({ grant_id: bounded });

/** Whose grants are wanted. */
export const receivedQuery = Type.Object({
  user_id: Type.Optional(
    Type.String({ description: "Whose; default: yours.", minLength: 1, maxLength: 512 }),
  ),
  roles: Type.Optional(
    Type.String({ description: "The roles of that user, comma between them.", maxLength: 4096 }),
  ),
  resource_type: Type.Optional(bounded),
  limit: Type.Optional(Type.String({ description: "1 to 1000, default 100.", pattern: "^[0-9]{1,4}$" })),
  cursor: Type.Optional(Type.String({ maxLength: 4096 })),
});
