import { Injectable } from '@nestjs/common';
import { Column, Entity, type EntityManager, PrimaryColumn } from 'typeorm';
import { OrderRefused } from './order.errors.js';

/** A table that the shop had before it had events. */
@Entity('stock')
export class StockItem {
  @PrimaryColumn('text') article: string;
  @Column('integer') available: number;
  /** The price of one article. */
  @Column('integer') cents: number;
}

@Injectable()
export class Stock {
  /** @returns the price of one article, in cents */
  async take(article: string, quantity: number, manager: EntityManager): Promise<number> {
    const { raw } = await manager
      .createQueryBuilder()
      .update(StockItem)
      .set({ available: () => 'available - :quantity' })
      .where('article = :article and available >= :quantity')
      .setParameters({ article, quantity })
      .returning('cents')
      .execute();
    const [taken] = raw as Pick<StockItem, 'cents'>[];
    if (taken === undefined) {
      throw new OrderRefused('order.out-of-stock', `There are no ${quantity} of ${article} in stock.`);
    }
    return taken.cents;
  }

  async giveBack(article: string, quantity: number, manager: EntityManager): Promise<void> {
    await manager.increment(StockItem, { article }, 'available', quantity);
  }
}
