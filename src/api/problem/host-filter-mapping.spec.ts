import { describe, expect, it } from '@jest/globals';
import { ConcurrencyError, VersionMismatchError } from '../../event-sourcing/index.js';
import { EventfoldErrorMapping } from './host-filter-mapping.js';

describe('the mapping of an error', () => {
  it('has the status, the code, the words and the facts that the problem has', () => {
    expect(EventfoldErrorMapping.of(new VersionMismatchError('order-1', 3, 5))).toEqual({
      status: 412,
      code: 'version-mismatch',
      title: 'Precondition failed',
      detail: expect.stringContaining('order-1'),
      details: { expectedVersion: 3, actualVersion: 5 },
    });
    expect(EventfoldErrorMapping.of(new ConcurrencyError('order-1', 3, 4))?.status).toBe(409);
  });

  it('knows a database that is away, and tells nothing of it', () => {
    const away = Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' });
    const mapped = EventfoldErrorMapping.of(away);
    expect(mapped).toMatchObject({ status: 503, code: 'database-unavailable', details: {} });
    expect(JSON.stringify(mapped)).not.toContain('10.0.0.1');
  });

  it('is none for what is not ours', () => {
    expect(EventfoldErrorMapping.of(new Error('of the application'))).toBeUndefined();
    expect(EventfoldErrorMapping.of(undefined)).toBeUndefined();
  });
});
