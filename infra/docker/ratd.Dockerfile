# ratd, from the root of the repository: docker build -f infra/docker/ratd.Dockerfile -t rat/ratd:0.1.0 .
# Any image with Node.js 24 in its PATH will do as the base; the install stage also needs npm.
ARG BASE_IMAGE=node:24.21.0-bookworm-slim

FROM ${BASE_IMAGE} AS install
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages packages
COPY services services
# Without the optional packages: a container takes its PostgreSQL from DATABASE_URL or rat.yaml, and its Node.js from the base.
RUN ["npm", "ci", "--omit=dev", "--omit=optional", "--ignore-scripts", "--workspace=@rat/ratd", "--no-progress", "--loglevel=error"]
RUN ["node", "-e", "const fs = require('node:fs'); fs.mkdirSync('/empty/data', { recursive: true, mode: 0o700 }); fs.chownSync('/empty/data', 10001, 10001);"]

FROM ${BASE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="ratd" \
      org.opencontainers.image.description="The RAT control plane" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=install /empty/ /
COPY --from=install /app/node_modules node_modules
COPY packages/contracts packages/contracts
COPY services/ratd services/ratd
COPY infra/docker/health/ratd.mjs health.mjs
COPY infra/docker/make-secrets.mjs make-secrets.mjs
# Only /data is written.
ENV NODE_ENV=production \
    RAT_CONFIG=/etc/rat/rat.yaml \
    RAT_DATA_DIR=/data \
    RAT_LISTEN=0.0.0.0:8080
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=3 CMD ["node", "/app/health.mjs"]
ENTRYPOINT ["node", "/app/services/ratd/src/main.ts"]
