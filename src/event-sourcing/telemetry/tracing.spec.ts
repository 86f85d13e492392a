import { describe, expect, it } from '@jest/globals';
import { spanContextOf } from './tracing.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const metadataWith = (traceparent?: string) => ({
  correlationId: 'c',
  causationId: 'c',
  schemaVersion: 1,
  ...(traceparent !== undefined && { traceparent }),
});

describe('the span in which an event was appended', () => {
  it('is read from its metadata', () => {
    expect(spanContextOf(metadataWith(`00-${TRACE}-${SPAN}-01`))).toEqual({
      traceId: TRACE,
      spanId: SPAN,
      traceFlags: 1,
      isRemote: true,
    });
  });

  it.each([
    ['there is none', undefined],
    ['it was not recorded', `00-${TRACE}-${SPAN}-00`],
    ['its ids are all zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['it is of another version of the format', `01-${TRACE}-${SPAN}-01`],
    ['it is something else', 'hello'],
  ])('is not known when %s', (_when, traceparent) => {
    expect(spanContextOf(metadataWith(traceparent))).toBeUndefined();
  });
});
