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

# NODE_ENV stays unset: the service has no authentication yet, and refuses to start open with
# NODE_ENV=production. It listens on a loopback address, so run it on the network of the machine:
#   docker run --init --network host --volume eventfold-data:/data <image>
FROM node:24-slim
WORKDIR /app
COPY --from=production-dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./

# Without DATABASE_URL the embedded PostgreSQL keeps its files here. It does not run as root, and the
# volume takes over the owner that the directory has in the image.
ENV DATA_DIR=/data
RUN install --directory --owner=node --group=node /data
VOLUME /data

USER node
EXPOSE 3000
STOPSIGNAL SIGTERM
# node itself, not npm: npm would stand between the signal and the service.
CMD ["node", "--enable-source-maps", "dist/src/main.js"]
