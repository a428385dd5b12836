import { create, ScalarType, type DescField, type DescMessage, type Message } from "@bufbuild/protobuf";
import fc from "fast-check";

/** Texts as plugins may send them: any, those that mean something to somebody, and those that hurt. */
const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom(
    "",
    "anonymous",
    "alice",
    "run.1",
    "https://id.example.com/",
    "a\u001b[31m\r\nb",
    "x".repeat(9000),
  ),
);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const int64 = fc.oneof(
  fc.constantFrom(0n, 1n, 4_102_444_800n),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

/** Any message of a type that a plugin may send: fields missing, enums of a later version, numbers of any size. */
export function anyMessage(type: DescMessage): fc.Arbitrary<Message> {
  const fields = type.fields.map((field) => [field.localName, anyField(field)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] }).map((init) => create(type, init));
}

function anyField(field: DescField): fc.Arbitrary<unknown> {
  switch (field.fieldKind) {
    case "scalar":
      return anyScalar(field.scalar);
    case "enum":
      return anyEnum;
    case "message":
      return anyPart(field.message);
    case "list":
      return fc.array(anyElement(field), { maxLength: 4 });
    case "map":
      return fc.dictionary(text, field.mapKind === "scalar" ? anyScalar(field.scalar) : fc.constant(0));
  }
}

function anyElement(field: DescField & { fieldKind: "list" }): fc.Arbitrary<unknown> {
  switch (field.listKind) {
    case "scalar":
      return anyScalar(field.scalar);
    case "enum":
      return anyEnum;
    case "message":
      return anyPart(field.message);
  }
}

const anyEnum = fc.integer({ min: 0, max: 9 });

/** A message inside another. A Struct is JSON to those who use it. */
function anyPart(type: DescMessage): fc.Arbitrary<unknown> {
  if (type.typeName === "google.protobuf.Struct") return fc.dictionary(text, fc.oneof(text, fc.integer()));
  return anyMessage(type);
}

function anyScalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return text;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT32:
      return int32;
    case ScalarType.INT64:
      return int64;
    default:
      throw new Error(`any-message.ts makes no ${ScalarType[type]}; the contracts had none so far`);
  }
}
