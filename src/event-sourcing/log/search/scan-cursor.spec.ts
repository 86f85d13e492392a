import { describe, expect, it } from '@jest/globals';
import { ScanCursor } from './scan-cursor.js';

/** The positions that a scan looks at, in windows of this size. */
function lookedAt(cursor: ScanCursor, size: number): string[] {
  const windows: string[] = [];
  while (!cursor.isAtEnd) {
    const window = cursor.next(size);
    windows.push(`${window.after + 1}-${window.upTo}`);
    cursor.passed(window);
  }
  return windows;
}

describe('a scan of the log', () => {
  it('looks at each position once, forwards', () => {
    expect(lookedAt(new ScanCursor('forwards', 10), 4)).toEqual(['1-4', '5-8', '9-10']);
    expect(lookedAt(new ScanCursor('forwards', 10, 8), 4)).toEqual(['9-10']);
  });

  it('looks at each position once, backwards', () => {
    expect(lookedAt(new ScanCursor('backwards', 10), 4)).toEqual(['7-10', '3-6', '1-2']);
    expect(lookedAt(new ScanCursor('backwards', 10, 3), 4)).toEqual(['1-2']);
  });

  it('has nothing to look at beyond the ends', () => {
    expect(lookedAt(new ScanCursor('forwards', 10, 12), 4)).toEqual([]);
    expect(lookedAt(new ScanCursor('backwards', 10, 1), 4)).toEqual([]);
    expect(lookedAt(new ScanCursor('backwards', 10, 99), 20)).toEqual(['1-10']);
    expect(lookedAt(new ScanCursor('forwards', 0), 4)).toEqual([]);
    expect(lookedAt(new ScanCursor('backwards', 0), 4)).toEqual([]);
  });

  it('goes on behind the last event of a page that was cut', () => {
    const cursor = new ScanCursor('forwards', 10);
    cursor.passed(cursor.next(4), 2);
    expect(cursor.next(4)).toEqual({ after: 2, upTo: 6 });
    const back = new ScanCursor('backwards', 10);
    back.passed(back.next(4), 9);
    expect(back.next(4)).toEqual({ after: 4, upTo: 8 });
  });
});
