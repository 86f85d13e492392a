import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { printable } from '../terminal/printable.js';
import type { Terminal } from '../terminal/terminal.js';
import { withRejected } from './open-rejected.js';

export async function resendRejected(
  terminal: Terminal,
  { data }: { data?: string },
  text: string,
): Promise<void> {
  const body = data === undefined ? undefined : await bodyOf(resolve(terminal.directory, data));
  const sequence = Number(text);
  await withRejected(terminal, async (rejected) => {
    const sent = await rejected?.resend(sequence, body);
    if (sent === undefined) throw new CommandFailure(`there is no rejected message ${sequence}.`);
    const { subject, stream, streamSequence } = sent;
    await terminal.result({ sequence, subject, stream, streamSequence }, () =>
      printable(`Sent to ${subject}: it is message ${streamSequence} of ${stream} now.`),
    );
  });
}

async function bodyOf(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new CommandFailure(`--data cannot be read: ${(error as Error).message}`, 2, { cause: error });
  }
}
