# syntax=docker/dockerfile:1
# glibc is required: Temporal's native worker library has no build for musl, so not Alpine.
FROM node:24.11.1-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# No install scripts: the one of the package itself needs sources that are not there yet, no dependency needs one.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
COPY sandbox ./sandbox
RUN node scripts/build.mjs && npm prune --omit=dev --include=prod --ignore-scripts

FROM node:24.11.1-bookworm-slim
# The system's authorities: Temporal over TLS and services behind a company's proxy are checked against them.
RUN apt-get update \
  && apt-get install -y --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./package.json
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --chmod=755 deploy/is-ready ./deploy/is-ready
# Named volumes take their owner from these directories when they are first used.
RUN ln -s /app/dist/cli/main.js /usr/local/bin/ferry \
  && mkdir -p /data/out /data/in /var/lib/ferry \
  && chown -R node:node /data /var/lib/ferry
USER node
WORKDIR /data
ENTRYPOINT ["ferry"]
CMD ["--help"]
