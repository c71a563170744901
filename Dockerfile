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

# With a registry of your own: docker build --secret id=npmrc,src=$HOME/.npmrc
FROM ${BUILD_IMAGE} AS packages
# npm sbom takes the folder's name.
WORKDIR /lethe
COPY package.json package-lock.json ./
RUN --mount=type=secret,id=npmrc,target=/root/.npmrc npm ci --no-audit --no-fund

# From TypeScript to JavaScript.
FROM packages AS build
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build -- --declaration false --sourceMap false

# Only what runs, and the list of it. npm sbom --omit=dev would leave out what developers need as well, and after npm prune it misses the rest.
# Node is the pinned dependency `node`, which moves out of node_modules.
FROM packages AS dependencies
COPY image/prune.mjs /
RUN npm prune --omit=dev --no-audit --no-fund \
 && npm pkg delete devDependencies && npm sbom --sbom-format=cyclonedx > sbom.cdx.json \
 && mv node_modules/node/bin/node node && ./node /prune.mjs && rm package-lock.json

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="lethe" \
      org.opencontainers.image.description="Anonymizes Kafka topics, exactly once, and fences the brokers that hold the raw ones" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
COPY --from=dependencies /lethe/ ./
COPY --from=build /lethe/dist dist
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
