import { ModuleRef } from '@nestjs/core';
import {
  type LogFault,
  type LogMark,
  LogVerifier,
  type Verification,
  type VerificationTask,
} from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { WrongUsage } from '../command-failure.js';
import { isForeignLog } from '../foreign-log.js';
import type { Terminal } from '../terminal/terminal.js';
import { VerificationProgress } from './verification-progress.js';
import { verificationReport } from './verification-report.js';

interface VerifyOptions {
  json?: boolean;
  from?: LogMark;
  expect?: LogMark;
}

export async function verifyLog(terminal: Terminal, options: VerifyOptions): Promise<void> {
  const { json, from, expect } = options;
  if (from !== undefined && expect !== undefined && expect.position < from.position) {
    throw new WrongUsage('--expect is before --from, and what is before it is not read');
  }
  await withLog(terminal, async (application) => {
    const verifier = await application.get(ModuleRef).create(LogVerifier);
    const unknownTypes = (await isForeignLog(application)) ? 'listed' : 'fault';
    const start = performance.now();
    const verification = await verify(terminal, verifier, { unknownTypes, ...marks(options) });
    const seconds = (performance.now() - start) / 1_000;
    if (json) await terminal.json(toJson(verification, seconds));
    else await terminal.line(verificationReport(terminal, verification, seconds));
    if (faultIn(verification) !== undefined) terminal.exitCode = 1;
  });
}

const marks = ({ from, expect }: VerifyOptions) => ({ ...(from && { from }), ...(expect && { expect }) });

async function verify(
  terminal: Terminal,
  verifier: LogVerifier,
  task: Omit<VerificationTask, 'onPage' | 'signal'>,
): Promise<Verification> {
  const progress = new VerificationProgress(terminal, task.from?.position);
  const onPage = (soFar: Verification) => progress.show(soFar);
  try {
    return await verifier.verify({ ...task, onPage, signal: terminal.signal });
  } catch (error) {
    progress.stop();
    if (progress.soFar !== undefined) terminal.note(interrupted(progress.soFar));
    throw error;
  } finally {
    progress.stop();
  }
}

/** What ended it, or else the first that it found beside. */
const faultIn = ({ fault, findings }: Verification): LogFault | undefined => fault ?? findings?.[0];

function toJson(verification: Verification, seconds: number) {
  const { fault: _, findings, ...counts } = verification;
  const fault = faultIn(verification);
  return {
    ok: fault === undefined,
    ...counts,
    seconds: Number(seconds.toFixed(3)),
    ...(fault && { fault }),
    ...(findings && { findings }),
  };
}

const interrupted = ({ events, head, digest }: Verification) =>
  `Not finished. ${events.toLocaleString('en')} of ${head.toLocaleString('en')} events are sound. Go on with --from ${digest}`;
