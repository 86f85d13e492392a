import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { eventfold } from './eventfold.js';
import type { HostOfToday, HostParts } from './host.js';

export interface Start extends Pick<HostParts, 'databaseUrl' | 'log'> {
  withEventfold: boolean;
  port?: number;
}

/** Starts a host without Eventfold, or with it. The caller has called `prepare`. */
export async function startHostOfToday(
  host: HostOfToday,
  { withEventfold, port = 0, ...given }: Start,
): Promise<INestApplication> {
  const parts: HostParts = { ...given, imports: withEventfold ? eventfold(host) : [] };
  const adapter = host.adapter === 'express' ? new ExpressAdapter() : new FastifyAdapter();
  const app = await NestFactory.create(await host.module(parts), adapter, {
    logger: false,
    abortOnError: false,
  });
  host.configure(app, parts);
  await app.listen(port, '127.0.0.1');
  return app;
}
