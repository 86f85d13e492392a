import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CliCommand } from './command.js';
import { createProgram } from './program.js';

describe('a command', () => {
  const loaded: string[] = [];
  const command = () =>
    new CliCommand('count', 'Counts')
      .argument('[to]')
      .option('--all')
      .requires(({ all = false }: { all?: boolean }, to?: string) =>
        all === (to !== undefined) ? 'give either a number or --all' : undefined,
      )
      .runs(() => {
        loaded.push('count');
        return () => Promise.resolve();
      })
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });

  it.each([[[]], [['7', '--all']]])('is not loaded for options that break its rule: %j', async (args) => {
    await expect(command().parseAsync(args, { from: 'user' })).rejects.toThrow(
      'give either a number or --all',
    );
    expect(loaded).toEqual([]);
  });
});

describe('the commands', () => {
  const folder = import.meta.dirname;
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sources = names
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'));

  it('check their usage before they load an application', () => {
    const openers = sources.filter((text) => /\bwith(Log|Database)\(terminal/.test(text));
    expect(openers.length).toBeGreaterThan(8);
    expect(openers.filter((text) => text.includes('new WrongUsage('))).toEqual([]);
  });

  it('refuse an application and none at once, in either order', async () => {
    for (const args of [
      ['--app', 'x', '--no-app', 'config'],
      ['--no-app', 'config', '--app', 'x'],
    ]) {
      const program = createProgram()
        .exitOverride()
        .configureOutput({ writeErr: () => undefined });
      await expect(program.parseAsync(args, { from: 'user' })).rejects.toThrow('exclude each other');
    }
  });
});
