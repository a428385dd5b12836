# One example plugin: docker build -f infra/docker/plugin.Dockerfile --build-arg PLUGIN=hello-auth -t rat/hello-auth:0.1.0 .
# Any image with Node.js 24 in its PATH will do as the base; the install stage also needs npm.
ARG BASE_IMAGE=node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
RUN ["npm", "ci", "--omit=dev", "--omit=optional", "--ignore-scripts", "--workspace=@rat/plugin-sdk", "--no-progress", "--loglevel=error"]
# A clone under a narrow umask is its owner's alone; the user below must read what is copied from here.
COPY infra/docker/health/plugin.mjs health.mjs
COPY infra/docker/open-to-all.mjs open-to-all.mjs
RUN ["node", "open-to-all.mjs", "packages", "services", "health.mjs"]

FROM ${BASE_IMAGE}
WORKDIR /app
COPY --from=install /app/node_modules node_modules
COPY --from=install /app/packages/contracts packages/contracts
COPY --from=install /app/packages/plugin-sdk packages/plugin-sdk
COPY --from=install /app/health.mjs health.mjs
# Every plugin has a container of its own, so one port does for all. Only /tmp is written, and by the executor alone.
ENV NODE_ENV=production \
    RAT_PLUGIN_HOST=0.0.0.0 \
    RAT_PLUGIN_PORT=50060
USER 10001:10001
EXPOSE 50060
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/packages/plugin-sdk/examples/main.ts"]
# Last, so that the images of all plugins share every layer but this one.
ARG PLUGIN
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="${PLUGIN}" \
      org.opencontainers.image.description="An example plugin of RAT" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=install /app/packages/plugin-sdk/examples/${PLUGIN}.ts packages/plugin-sdk/examples/main.ts
