import { Get, Inject, NotFoundException, Req, Res, StreamableFile } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import { Allow } from '../api/access/allow.decorator.js';
import type { HttpRequest } from '../api/request/correlation.js';
import { Text } from '../api/request/fields.js';
import { Param } from '../api/request/validated.js';
import { ApiController } from '../api/route/api-controller.js';
import { inflated, pageFor, readPageFiles } from './page-files.js';

/** The address of the operators' routes, relative to the folder of the page. */
export const API_ADDRESS = Symbol('address of the routes of operators');

const FIRST_VIEW = 'overview';

/** Nothing runs but files of this origin: text of an event that looks like a script stays text. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

class ViewParam {
  @Text({ max: 100, example: FIRST_VIEW }) view: string;
}

class FileParam {
  @Text({ max: 200, example: 'index.js' }) file: string;
}

interface UrlRequest extends HttpRequest {
  originalUrl: string;
}

/**
 * The page of the console. Every view has an address of one part, with its parameters in the query: a deep link then
 * finds the files beside itself, below every prefix and behind every proxy, and a key may have slashes.
 */
@ApiController('', 'Console', { needsDatabase: false })
@ApiExcludeController()
export class ConsoleController {
  private readonly files = readPageFiles();
  private readonly page: Buffer;

  constructor(
    @Inject(API_ADDRESS) api: string,
    private readonly adapterHost: HttpAdapterHost,
  ) {
    this.page = Buffer.from(pageFor(this.files, api));
  }

  @Get()
  @Allow('anyone')
  start(@Req() { originalUrl }: UrlRequest, @Res() response: unknown): void {
    const [, folder] = /([^/?]*)(\?|$)/.exec(originalUrl)!;
    const place = folder === '' ? FIRST_VIEW : `${folder}/${FIRST_VIEW}`;
    this.adapterHost.httpAdapter.redirect(response, 302, place);
  }

  /** The page itself decides which view it shows. */
  @Get(':view')
  @Allow('anyone')
  view(@Param() { view }: ViewParam, @Res({ passthrough: true }) response: unknown): StreamableFile {
    if (view.includes('.')) throw new NotFoundException(`There is no file "${view}" here.`);
    this.set(response, {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': POLICY,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    });
    return new StreamableFile(this.page, { type: 'text/html; charset=utf-8', length: this.page.length });
  }

  @Get('assets/:file')
  @Allow('anyone')
  asset(
    @Param() { file }: FileParam,
    @Req() { headers }: UrlRequest,
    @Res({ passthrough: true }) response: unknown,
  ): StreamableFile {
    const found = this.files.get(`assets/${file}`);
    if (found === undefined) throw new NotFoundException(`There is no file "${file}" here.`);
    const isGzipped = takesGzip(headers['accept-encoding']);
    const bytes = isGzipped ? found.gzipped : inflated(found);
    this.set(response, {
      'Cache-Control': 'public, max-age=31536000, immutable', // the name has a hash of the content
      'X-Content-Type-Options': 'nosniff',
      Vary: 'Accept-Encoding',
      ...(isGzipped && { 'Content-Encoding': 'gzip' }),
    });
    return new StreamableFile(bytes, { type: found.type, length: bytes.length });
  }

  private set(response: unknown, headers: Record<string, string>): void {
    for (const [name, value] of Object.entries(headers)) {
      this.adapterHost.httpAdapter.setHeader(response, name, value);
    }
  }
}

function takesGzip(accepted: string | string[] | undefined): boolean {
  return [accepted ?? []]
    .flat()
    .some((each) => /(^|[\s,])(gzip|\*)(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(each));
}
