# The runner of the warm pool, and the image in which the container executor runs SQL (its setting images.sql):
# docker build -f infra/docker/runner.Dockerfile -t rat/runner:0.1.0 .
# Any image with Node.js 24 and glibc will do as the base; the install stage also needs npm.
ARG BASE_IMAGE=node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
# DuckDB's library for this platform is an optional package, so those stay in.
RUN ["npm", "ci", "--omit=dev", "--ignore-scripts", "--workspace=@rat/runner", "--no-progress", "--loglevel=error"]
RUN ["node", "-e", "const fs = require('node:fs'); for (const folder of ['/empty/workspace', '/empty/state']) { fs.mkdirSync(folder, { recursive: true, mode: 0o700 }); fs.chownSync(folder, 10001, 10001); }"]
# A clone under a narrow umask is its owner's alone; the user below must read what is copied from here.
COPY infra/docker/health/plugin.mjs health.mjs
COPY infra/docker/open-to-all.mjs open-to-all.mjs
RUN ["node", "open-to-all.mjs", "packages", "services", "health.mjs"]

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="runner" \
      org.opencontainers.image.description="Runs pipelines of RAT: worker of the warm pool, and image of SQL runs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=install /empty/ /
COPY --from=install /app/node_modules node_modules
COPY --from=install /app/packages/contracts packages/contracts
COPY --from=install /app/packages/egress packages/egress
COPY --from=install /app/packages/executor-kit packages/executor-kit
COPY --from=install /app/packages/plugin-sdk packages/plugin-sdk
COPY --from=install /app/packages/processes packages/processes
COPY --from=install /app/services/runner services/runner
COPY --from=install /app/health.mjs health.mjs
ENV NODE_ENV=production \
    RAT_PLUGIN_HOST=0.0.0.0 \
    RAT_PLUGIN_PORT=50060
USER 10001:10001
EXPOSE 50060
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/services/runner/src/main.ts"]
