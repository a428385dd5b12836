# A base without a registry: Node.js, npm, a shell and the libraries they need, as build-offline-images.ts laid them out.
FROM scratch
COPY root/ /
ENV PATH=/usr/local/bin:/usr/bin:/bin \
    NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
CMD ["node"]
