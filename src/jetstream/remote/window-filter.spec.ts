import { describe, expect, it } from '@jest/globals';
import { WindowFilter } from './window-filter.js';

const LAYOUT = { prefix: 'shop.log', partitions: 16 };

describe('the filter of a window', () => {
  const filter = new WindowFilter(LAYOUT, { types: ['order.placed', 'größe'] });

  it('takes messages of its types, in every partition', () => {
    expect(filter.mayHave('shop.log.07.order.placed')).toBe(true);
    expect(filter.mayHave('shop.log.15.gr%C3%B6%C3%9Fe')).toBe(true);
    expect(filter.mayHave('shop.log.07.order.paid')).toBe(false);
  });

  it('knows the subjects of the layout', () => {
    expect(filter.knows('shop.log.07.order.paid')).toBe(true);
    const others = [
      'all.shop.log.07.a',
      'shop.log.7.a',
      'shop.logs.07.a',
      'shop.log.07',
      'shop_log.07.a',
      'x',
    ];
    for (const subject of others) expect(filter.knows(subject)).toBe(false);
  });
});
