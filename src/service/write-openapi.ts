/**
 * Writes the OpenAPI document, as /openapi.json serves it, to standard output or to the file that is named. Nothing is
 * started: no server, no database.
 *
 *   npm run --silent openapi > openapi.json
 *   npm run openapi -- openapi.json
 */
import { writeFileSync } from 'node:fs';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { describeSecurity } from './auth/openapi-security.js';
import { routesOf } from '../api/route/routes.js';
import { readSettings } from './config/settings.js';
import { createAdapter } from './http/fastify.js';
import { describeApi } from './openapi/openapi.js';

const settings = readSettings({});
// A preview has all modules and controllers, and constructs none of them, so this address is never used.
const app = await NestFactory.create<NestFastifyApplication>(
  AppModule.forRoot(settings, 'postgres://nowhere'),
  createAdapter(settings),
  { preview: true, abortOnError: false, logger: ['error', 'fatal'] },
);
const STANDARD_OUTPUT = 1;
const document = describeSecurity(describeApi(app), routesOf(app), true);
writeFileSync(process.argv[2] ?? STANDARD_OUTPUT, `${JSON.stringify(document, null, 2)}\n`);
