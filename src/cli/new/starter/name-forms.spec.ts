import { describe, expect, it } from '@jest/globals';
import { formsOf, whyNoName } from './name-forms.js';

describe('a name', () => {
  it('has a form for each place where source text writes it', () => {
    expect(formsOf('customer-order')).toEqual([
      'customer-order',
      'CustomerOrder',
      'customerOrder',
      'CUSTOMER_ORDER',
      'customer_order',
      'customer order',
      'Customer order',
    ]);
  });

  it.each(['order', 'order-line', 'order-2', 'a', 'x'.repeat(50), 'event', 'user', 'table'])(
    'may be %s',
    (name) => {
      expect(whyNoName(name)).toBeUndefined();
    },
  );

  it.each([
    ['Order!', /lower-case words joined by hyphens, a letter first, such as order$/],
    ['OrderLine', /such as order-line$/],
    ['order_line', /such as order-line$/],
    ['1x', /such as x$/],
    ['-', /such as order-line$/],
    ['', /such as order-line$/],
    ['order--line', /such as order-line$/],
    ['order-', /such as order$/],
    ['../order', /such as order$/],
    ['a/b', /such as a-b$/],
    ['\u00f6rder', /such as rder$/],
    ['x'.repeat(51), /longer than 50 characters/],
    ['class', /"class".*JavaScript/],
    ['await', /"await"/],
    ['package', /"package"/],
    ['promise', /"Promise"/],
    ['undefined', /"undefined"/],
    ['weak-map', /"WeakMap"/],
  ])('may not be "%s"', (name, reason) => {
    expect(whyNoName(name)).toMatch(reason);
  });
});
