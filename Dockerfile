# Three stages share one `npm ci`: editing a source file repeats the build alone, not the installation.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci

FROM dependencies AS build
COPY . .
RUN npm run build

FROM dependencies AS production-dependencies
RUN npm prune --omit=dev

# Outside of a container nobody reaches its loopback address, so the service listens on all of them, and starts only
# with a way to check tokens (AUTH_JWT_SECRET or AUTH_JWKS_URL):
#   docker run --init --env AUTH_JWT_SECRET --publish 127.0.0.1:3000:3000 --volume eventfold-data:/data <image>
FROM node:24-slim
WORKDIR /app
COPY --from=production-dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./

# Without DATABASE_URL the embedded PostgreSQL keeps its files here. It does not run as root, and the
# volume takes over the owner that the directory has in the image.
ENV DATA_DIR=/data
ENV HOST=0.0.0.0 NODE_ENV=production
RUN install --directory --owner=node --group=node /data
VOLUME /data

USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# node itself, not npm: npm would stand between the signal and the service.
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
