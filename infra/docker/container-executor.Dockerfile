# The container executor: docker build -f infra/docker/container-executor.Dockerfile -t rat/container-executor:0.1.0 .
# It reaches a Docker engine by DOCKER_HOST or by the setting `docker`; see docs/how-to/container-executor.md.
# Any image with Node.js 24 in its PATH will do as the base; the install stage also needs npm.
ARG BASE_IMAGE=node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
RUN ["npm", "ci", "--omit=dev", "--omit=optional", "--ignore-scripts", "--workspace=@rat/container-executor", "--no-progress", "--loglevel=error"]
# A folder for state_dir, of the user below.
RUN ["node", "-e", "const fs = require('node:fs'); fs.mkdirSync('/empty/data', { recursive: true, mode: 0o700 }); fs.chownSync('/empty/data', 10001, 10001);"]
# A clone under a narrow umask is its owner's alone; the user below must read what is copied from here.
COPY infra/docker/health/plugin.mjs health.mjs
COPY infra/docker/open-to-all.mjs open-to-all.mjs
RUN ["node", "open-to-all.mjs", "packages", "services", "health.mjs"]

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="container-executor" \
      org.opencontainers.image.description="Runs pipelines of RAT in containers" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=install /empty/ /
COPY --from=install /app/node_modules node_modules
COPY --from=install /app/packages/contracts packages/contracts
COPY --from=install /app/packages/executor-kit packages/executor-kit
COPY --from=install /app/packages/plugin-sdk packages/plugin-sdk
COPY --from=install /app/services/container-executor services/container-executor
COPY --from=install /app/health.mjs health.mjs
ENV NODE_ENV=production \
    RAT_PLUGIN_HOST=0.0.0.0 \
    RAT_PLUGIN_PORT=50060
USER 10001:10001
EXPOSE 50060
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/services/container-executor/src/main.ts"]
