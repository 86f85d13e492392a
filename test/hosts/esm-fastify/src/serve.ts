import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

export async function serve(module: Type): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), {
    logger: ['error', 'warn'],
  });
  // Nest's shutdown hooks are not used: they end the process by the signal, even if something in it is still open.
  process.once('SIGTERM', () => void app.close());
  await app.listen(Number(process.env.PORT), '127.0.0.1');
  console.log(`Listening at ${await app.getUrl()}`);
}
