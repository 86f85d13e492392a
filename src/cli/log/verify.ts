import {
  type LogFault,
  type LogMark,
  LogVerifier,
  type Verification,
  type VerificationTask,
} from '../../event-sourcing/index.js';
import { withLog } from '../application.js';
import { isForeignLog } from '../foreign-log.js';
import type { Terminal } from '../terminal/terminal.js';
import { VerificationProgress } from './verification-progress.js';
import { verificationReport } from './verification-report.js';

export interface VerifyOptions {
  from?: LogMark;
  expect?: LogMark;
}

export async function verifyLog(terminal: Terminal, options: VerifyOptions): Promise<void> {
  await withLog(terminal, async (application) => {
    const verifier = application.get(LogVerifier);
    const unknownTypes = (await isForeignLog(application)) ? 'listed' : 'fault';
    const start = performance.now();
    const verification = await verify(terminal, verifier, { unknownTypes, ...options });
    const seconds = (performance.now() - start) / 1_000;
    await terminal.result(toJson(verification, seconds), () =>
      verificationReport(terminal, verification, seconds),
    );
    if (faultIn(verification) !== undefined) terminal.exitCode = 1;
  });
}

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

/** The fault that ended the verification, or else the first fault on its way. */
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
