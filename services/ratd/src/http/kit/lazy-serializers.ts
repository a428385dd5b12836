import serializers from "@fastify/fast-json-stringify-compiler";

type BuildSerializer = ReturnType<typeof serializers>;

/** Compiles the answer of a route when it is first given: a start does not wait for routes that nobody uses. */
export function lazySerializers(): BuildSerializer {
  const build = serializers();
  return (externalSchemas, options) => {
    let compile: ReturnType<BuildSerializer> | undefined;
    return (route) => {
      let serialize: ((data: unknown) => string) | undefined;
      return (data: unknown) => {
        compile ??= build(externalSchemas, options);
        serialize ??= compile(route);
        return serialize(data);
      };
    };
  };
}
