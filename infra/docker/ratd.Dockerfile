# ratd, from the root of the repository: docker build -f infra/docker/ratd.Dockerfile -t rat/ratd:0.1.0 .
# Any image with Node.js 24 in its PATH will do as the base; the build stage also needs npm.
ARG BASE_IMAGE=node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
RUN ["npm", "ci", "--ignore-scripts", "--no-progress", "--loglevel=error"]
COPY infra/scripts/build-ratd.ts infra/scripts/build-ratd.ts
RUN ["node", "infra/scripts/build-ratd.ts"]
# A clone under a narrow umask is its owner's alone; the user below must read what is copied from here.
COPY infra/docker/health/ratd.mjs health.mjs
COPY infra/docker/make-secrets.mjs infra/docker/open-to-all.mjs ./
RUN ["node", "open-to-all.mjs", "dist", "health.mjs", "make-secrets.mjs"]
RUN ["node", "-e", "const fs = require('node:fs'); for (const folder of ['/empty/data', '/empty/workspace']) { fs.mkdirSync(folder, { recursive: true, mode: 0o700 }); fs.chownSync(folder, 10001, 10001); }"]

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ratd" \
      org.opencontainers.image.description="The RAT control plane" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=build /empty/ /
# One program, without node_modules: a container takes its PostgreSQL from DATABASE_URL or rat.yaml.
COPY --from=build /app/dist/ratd ratd
COPY --from=build /app/health.mjs health.mjs
COPY --from=build /app/make-secrets.mjs make-secrets.mjs
# Only /data and /workspace are written.
ENV NODE_ENV=production \
    RAT_CONFIG=/etc/rat/rat.yaml \
    RAT_DATA_DIR=/data \
    RAT_LISTEN=0.0.0.0:8080
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "/app/health.mjs"]
# A small young generation, since requests leave little behind, and two helper threads: an idle ratd stays below 100 MB.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--v8-pool-size=2", "/app/ratd/main.js"]
