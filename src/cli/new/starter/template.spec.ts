import { describe, expect, it } from '@jest/globals';
import { clashIn, readTemplates, renamed } from './template.js';

const templates = [...(await readTemplates('aggregate')), ...(await readTemplates('read-model'))];
const clashesOf = (aggregate: string, readModel = 'figures') =>
  templates.flatMap(
    ({ text }) => clashIn(text, { 'sample-order': aggregate, 'sample-summary': readModel }) ?? [],
  );

describe('the templates', () => {
  it('are those of an aggregate and of a read model', () => {
    expect(templates).toHaveLength(13);
    for (const { path } of templates) expect(path).toMatch(/^[a-z.-]*sample-(order|summary)[a-z.-]*\.ts$/);
  });

  it.each(templates.map(({ path, text }) => [path, text]))(
    'leave nothing of the sample behind: %s',
    (path, text) => {
      const renaming = { 'sample-order': 'invoice', 'sample-summary': 'open-sum', 'sample-schema': 'shop' };
      expect(renamed(path + text, renaming)).not.toMatch(/sample/i);
    },
  );
});

describe('renaming', () => {
  it('keeps the form', () => {
    expect(
      renamed(`class SampleOrder { sampleOrderId = 'sample-order.x'; } // Sample order, SAMPLE_ORDERS`, {
        'sample-order': 'tax-bill',
      }),
    ).toBe(`class TaxBill { taxBillId = 'tax-bill.x'; } // Tax bill, TAX_BILLS`);
  });

  it('takes each text once, whatever comes out', () => {
    const swapped = { 'sample-order': 'sample-summary', 'sample-summary': 'sample-order' } as const;
    expect(renamed('SampleOrder SampleSummary', swapped)).toBe('SampleSummary SampleOrder');
  });
});

describe('a clash', () => {
  it.each(['order', 'customer-order', 'event', 'user', 'sample-order', 'a'])('is not in %s', (name) => {
    expect(clashesOf(name)).toEqual([]);
  });

  it.each([
    ['module', 'Module'],
    ['domain', 'DomainEvent'],
    ['title', 'title'],
    ['aggregate-root', 'AggregateRoot'],
  ])('is in an aggregate "%s"', (name, clash) => {
    expect(clashesOf(name)).toContain(clash);
  });

  it('is in a read model that is called as something of its aggregate', () => {
    expect(clashesOf('order', 'order-event')).toContain('OrderEvent');
    expect(clashesOf('order', 'order-events')).toEqual([]);
  });

  it('is not in what comments and strings say', () => {
    const source = `// title\n/* title */ class SampleOrder { a = 'title' + \`title\`; }`;
    expect(clashIn(source, { 'sample-order': 'title' })).toBeUndefined();
    expect(clashIn(`${source} let title;`, { 'sample-order': 'title' })).toBeUndefined();
    expect(clashIn(`${source} let title; let sampleOrder;`, { 'sample-order': 'title' })).toBe('title');
  });
});
