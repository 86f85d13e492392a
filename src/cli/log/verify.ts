import { ModuleRef } from '@nestjs/core';
import { LogVerifier, type Verification } from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { isForeignLog } from '../foreign-log.js';
import type { Terminal } from '../terminal/terminal.js';
import { VerificationProgress } from './verification-progress.js';
import { verificationReport } from './verification-report.js';

export function verifyLog(terminal: Terminal, { json }: { json?: boolean }): Promise<void> {
  return withLog(terminal, async (application) => {
    const verifier = await application.get(ModuleRef).create(LogVerifier);
    const unknownTypes = (await isForeignLog(application)) ? 'listed' : 'fault';
    const start = performance.now();
    const verification = await verify(terminal, verifier, unknownTypes);
    const seconds = (performance.now() - start) / 1_000;
    if (json) await terminal.json(toJson(verification, seconds));
    else await terminal.line(verificationReport(terminal, verification, seconds));
    if (verification.fault !== undefined) terminal.exitCode = 1;
  });
}

async function verify(
  terminal: Terminal,
  verifier: LogVerifier,
  unknownTypes: 'fault' | 'listed',
): Promise<Verification> {
  const progress = new VerificationProgress(terminal);
  try {
    return await verifier.verify((soFar) => progress.show(soFar), terminal.signal, unknownTypes);
  } catch (error) {
    progress.stop();
    if (progress.soFar !== undefined) terminal.note(interrupted(progress.soFar));
    throw error;
  } finally {
    progress.stop();
  }
}

const toJson = ({ fault, ...counts }: Verification, seconds: number) => ({
  ok: fault === undefined,
  ...counts,
  seconds: Number(seconds.toFixed(3)),
  ...(fault && { fault }),
});

const interrupted = ({ events, head }: Verification) =>
  `Not finished. The first ${events.toLocaleString('en')} of ${head.toLocaleString('en')} events are sound.`;
