import { describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { Terminal } from './terminal.js';

function inMemory() {
  const printed: string[] = [];
  const stream = () =>
    new Writable({
      write(chunk, _encoding, done) {
        printed.push(String(chunk));
        done();
      },
    });
  const { signal } = new AbortController();
  const terminal = new Terminal({
    stdout: stream(),
    stderr: stream(),
    environment: {},
    directory: '/',
    signal,
  });
  return { terminal, printed };
}

const nothing = () => {
  throw new Error('A program is told no words.');
};

describe('a result', () => {
  it('is one line of JSON for a program, safe on a terminal, and no words', async () => {
    const { terminal, printed } = inMemory();
    terminal.isForProgram = true;
    await terminal.result({ name: 'a\u0085b' }, nothing);
    expect(printed).toEqual(['{"name":"a\\u0085b"}\n']);
  });

  it.each([
    ['a line', () => 'one', ['one\n']],
    ['lines', () => ['one', 'two'], ['one\n', 'two\n']],
    ['no line', () => [], []],
  ])('is for people what is made of it: %s', async (_what, words, lines) => {
    const { terminal, printed } = inMemory();
    await terminal.result({}, words);
    expect(printed).toEqual(lines);
  });

  it('may print for people by itself', async () => {
    const { terminal, printed } = inMemory();
    await terminal.result(['one', 'two'], async (numbers) => {
      for (const number of numbers) await terminal.line(number);
      terminal.note('No more.');
    });
    expect(printed).toEqual(['one\n', 'two\n', 'No more.\n']);
  });
});
