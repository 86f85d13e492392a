/**
 * An open service takes every request that reaches it, and a page of any site in a browser on this machine can reach
 * it. Such a page can send a request whose answer it may not read. It can also let its own name resolve to 127.0.0.1
 * (DNS rebinding), and then it may read the answer. Tokens prevent both: a browser adds none by itself.
 */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { isLoopback, originsOf, type Settings } from '../config/settings.js';
import { CrossSite, ForeignHost } from '../../api/access/access.errors.js';
import { type HttpRequest, knownIdOf } from '../../api/request/correlation.js';
import { type Reply, sendProblem } from './reply.js';
import { problemOf } from '../../api/problem/error-to-problem.js';

/** Methods that change nothing, by RFC 9110, section 9.2.1. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses requests that only a page of another site sends. Programs send neither `Origin` nor `Sec-Fetch-Site`. */
export function refuseForeignSites(app: NestFastifyApplication, settings: Settings): void {
  const allowed = new Set(originsOf(settings));
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request: HttpRequest & { method: string }, reply: Reply, done: () => void) => {
      const { host = '', origin, 'sec-fetch-site': site } = request.headers;
      if (host !== '' && !isOwn(host, settings.HOST)) return refuse(new ForeignHost(), request, reply);
      const isForeign = origin === undefined ? isFromElsewhere(site) : !isOf(host, origin);
      if (SAFE.has(request.method) || !isForeign || allowed.has(origin ?? '')) return done();
      return refuse(new CrossSite(), request, reply);
    });
}

/** Whether the name in a request is a name of this machine alone, or the configured name. */
function isOwn(host: string, configured: string): boolean {
  const name = urlOf(host)
    ?.hostname.replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
  if (name === undefined) return false;
  return isLoopback(name) || name.endsWith('.localhost') || name === configured.toLowerCase();
}

/** A page of the service itself has its host and port. Its scheme depends on the proxy that ends TLS in front of it. */
const isOf = (host: string, origin: string): boolean =>
  URL.canParse(origin) && new URL(origin).host !== '' && new URL(origin).host === urlOf(host, origin)?.host;

/** Tells it by the header of browsers that omit `Origin`; `none` is a person at the address bar. */
const isFromElsewhere = (site: string | string[] | undefined): boolean =>
  site === 'cross-site' || site === 'same-site';

function urlOf(host: string, like = 'http://'): URL | undefined {
  const url = `${like.startsWith('https:') ? 'https' : 'http'}://${host}`;
  return /[/?#@\\]/.test(host) || !URL.canParse(url) ? undefined : new URL(url);
}

function refuse(error: Error, request: HttpRequest, reply: Reply): void {
  sendProblem(reply, problemOf(error, knownIdOf(request)));
}
