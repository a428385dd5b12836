# A stand-in for the official PostgreSQL image, with the same variables, paths and user id, for machines without a registry.
ARG BASE_IMAGE
FROM ${BASE_IMAGE}
COPY root/ /
COPY postgres-entrypoint.mjs /usr/local/bin/postgres-entrypoint.mjs
RUN ["node", "-e", "const fs = require('node:fs'); for (const path of ['/var/lib/postgresql', '/var/run/postgresql']) { fs.mkdirSync(path, { recursive: true }); fs.chownSync(path, 999, 999); }"]
ENV PATH=/usr/local/pgsql/bin:/usr/local/bin:/usr/bin:/bin \
    PGDATA=/var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
USER 999:999
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["node", "/usr/local/bin/postgres-entrypoint.mjs"]
