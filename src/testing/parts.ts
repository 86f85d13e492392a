import type { INestApplicationContext } from '@nestjs/common';
import { partToken } from '../event-sourcing/for-testing.js';

/** A part of the application's event store. With several stores, it is the one with this name. */
export const partOf = <Part>(
  app: INestApplicationContext,
  part: abstract new (...parts: any[]) => Part,
  store = 'default',
): Part => app.get<Part>(partToken(store, part), { strict: false });
