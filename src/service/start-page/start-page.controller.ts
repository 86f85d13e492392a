import { Get, Req, Res } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import { checksTokens, Settings } from '../config/settings.js';
import { Allow } from '../../api/access/allow.decorator.js';
import { ApiController } from '../../api/route/api-controller.js';
import type { HttpRequest } from '../../api/request/correlation.js';
import type { Reply } from '../http/reply.js';
import { acceptedType } from '../../api/request/accepted-type.js';
import { originOf } from './origin.js';
import { FORMS } from './start-page.js';
import { type Link, LINKS, startOf } from './start.js';

const TYPES = Object.keys(FORMS) as (keyof typeof FORMS)[];

/** The part of Fastify that is used here. */
interface Routes {
  hasRoute(route: { method: string; url: string }): boolean;
}

/**
 * The first page of the service: its description, links, and lines for a shell. It is a page for people, as /docs is,
 * and not part of the API in the OpenAPI document.
 */
@ApiController('', 'Start', { needsDatabase: false })
@ApiExcludeController()
export class StartPageController {
  private links: Link[] | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly adapterHost: HttpAdapterHost,
  ) {}

  @Get()
  @Allow('anyone')
  start(@Req() request: HttpRequest, @Res() reply: Reply): void {
    this.links ??= LINKS.filter(({ path }) => this.has(path));
    const type = acceptedType(request.headers.accept, TYPES);
    const start = startOf(originOf(request), this.links, checksTokens(this.settings));
    reply.header('Content-Type', `${type}; charset=utf-8`).header('Vary', 'Accept').send(FORMS[type](start));
  }

  private has(url: string): boolean {
    const fastify = this.adapterHost.httpAdapter.getInstance<Routes>();
    return fastify.hasRoute({ method: 'GET', url });
  }
}
