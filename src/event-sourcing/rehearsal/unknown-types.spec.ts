import { describe, expect, it } from '@jest/globals';
import type { RehearsalReport } from './rehearsal-report.js';
import type { Breakage } from './breakage-count.js';
import { setUnknownTypesAside } from './unknown-types.js';

const breakage = (code: string): Breakage => ({
  stage: 'event',
  by: 'event registry',
  code,
  events: 1,
  position: 1,
  streamId: 'order-7',
  version: 1,
  message: 'No class is registered.',
  cure: 'Register one.',
});

const type = (name: string, ...codes: string[]) => ({
  type: name,
  schemaVersion: 1,
  events: 1,
  read: 1,
  breakages: codes.map(breakage),
});

const report = (...types: RehearsalReport['types']): RehearsalReport => ({
  ok: false,
  head: 2,
  from: 1,
  whole: true,
  read: 2,
  streams: 0,
  types,
  unsure: [],
  projections: [],
  unmet: [],
});

describe('the report on the log of another application', () => {
  it('lists types that this program does not know, and counts none of them as broken', () => {
    const { ok, types, unknownTypes } = setUnknownTypesAside(
      report(type('order.placed', 'unknown-event-type')),
    );
    expect({ ok, unknownTypes }).toEqual({ ok: true, unknownTypes: ['order.placed'] });
    expect(types).toMatchObject([{ type: 'order.placed', read: 1, breakages: [] }]);
  });

  it('still counts known types that it cannot read as broken', () => {
    const known = type('user.registered', 'handler-failed');
    const { ok, unknownTypes } = setUnknownTypesAside(
      report(known, type('order.paid', 'unknown-event-type')),
    );
    expect({ ok, unknownTypes }).toEqual({ ok: false, unknownTypes: ['order.paid'] });
  });
});
