import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { HttpRequest } from '../../api/request/correlation.js';
import type { Reply } from './reply.js';
import { type Route, routesOf } from '../../api/route/routes.js';

/** The part of Fastify's route options that is used here. */
interface RouteOptions {
  method: string | string[];
  url: string;
  bodyLimit?: number;
  onRequest?: any;
}

/**
 * Shows each route of a controller to `change` before Fastify takes it. Hooks that `change` adds to `onRequest` run
 * before the body of a request is read and parsed, which no guard of Nest does. Call it before the application listens.
 */
export function onEachRoute(
  app: NestFastifyApplication,
  change: (route: Route, options: RouteOptions) => void,
): void {
  const routes = new Map(routesOf(app).map((route) => [`${route.method} ${route.path}`, route]));
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (options: RouteOptions) => {
      const method = options.method === 'HEAD' ? 'GET' : String(options.method);
      const route = routes.get(`${method} ${options.url}`);
      if (route !== undefined) change(route, options);
    });
}

/**
 * Runs `check` before the body of each request is read, unless the route is for anyone. Errors of `check` are answered.
 */
export function checkEarly(
  app: NestFastifyApplication,
  checkOf: (route: Route) => (request: any, reply: Reply) => void | Promise<void>,
): void {
  onEachRoute(app, (route, options) => {
    if (route.rule === 'anyone') return;
    const check = checkOf(route);
    const hook = (request: HttpRequest, reply: Reply, done: (error?: unknown) => void) => {
      try {
        const checked = check(request, reply);
        if (checked === undefined) done();
        else checked.then(() => done(), done);
      } catch (error) {
        done(error);
      }
    };
    options.onRequest = [...[options.onRequest ?? []].flat(), hook];
  });
}
