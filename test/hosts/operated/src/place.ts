// node dist/place.js ada 40 eve 2: places an order for each pair, and ends when all are folded or parked.
import { NestFactory } from '@nestjs/core';
import { type EventSourcedRepository, getAggregatesToken, ProjectionProgress } from 'nest-eventfold';
import { AppModule } from './app.module.js';
import { Order } from './orders.js';

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const orders = app.get<EventSourcedRepository<Order>>(getAggregatesToken(Order), { strict: false });
const words = process.argv.slice(2);
for (let next = 0; next < words.length; next += 2) {
  const order = Order.place(`${Date.now()}-${next}`, {
    customer: words[next] ?? '',
    cents: Number(words[next + 1]),
  });
  const { position } = await orders.create(order);
  await app.get(ProjectionProgress, { strict: false }).waitFor('totals', position);
}
await app.close();
process.exit();
