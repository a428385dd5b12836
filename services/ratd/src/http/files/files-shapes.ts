import { Type } from "typebox";
import { NAME_PATTERN } from "../../pipeline-id.ts";
import { pageQuery } from "../kit/cursor.ts";
import { time } from "../kit/fields.ts";

/** The shape of files. */
export const filesShapes = {
  NamespaceFile: Type.Object(
    { path: Type.String(), size: Type.Integer(), modified_at: time("When it was last written.") },
    { $id: "NamespaceFile" },
  ),
} as const;

/** A file as paths name it. */
export const fileParams = Type.Object({
  namespace: Type.String({ pattern: NAME_PATTERN }),
  "*": Type.String({ description: "Path of the file." }),
});

/** Which files are wanted. */
export const filesQuery = Type.Object({
  prefix: Type.Optional(Type.String({ maxLength: 1024, pattern: "^[^\\u0000]*$" })),
  ...pageQuery,
});
