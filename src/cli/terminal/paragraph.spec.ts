import { describe, expect, it } from '@jest/globals';
import { paragraph } from './paragraph.js';

describe('a paragraph', () => {
  it('is broken between words, in lines of 120 characters at most', () => {
    const sentences = Array.from({ length: 200 }, (_, index) => `word${index}`).join(' ');
    const lines = paragraph(sentences).split('\n');
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
    expect(lines.join(' ')).toBe(sentences);
  });

  it('stays one line where it fits', () => {
    const line = `${'a'.repeat(115)} bcde`;
    expect(line).toHaveLength(120);
    expect(paragraph(line)).toBe(line);
  });
});
