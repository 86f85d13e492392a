import type { CheckResult } from '../../event-sourcing/doctor/check.js';
import { hasHost, withDatabase } from '../application.js';
import type { Terminal } from '../terminal/terminal.js';
import { report } from './doctor-report.js';

export async function examineAll(terminal: Terminal): Promise<void> {
  const checks = await examine(terminal);
  const isWrong = checks.some(({ status }) => status === 'wrong');
  if (isWrong) terminal.exitCode = 1;
  await terminal.result({ ok: !isWrong, checks }, () => report(terminal, checks));
}

/** Examines the application, if one is named, or else the service. It loads only the one that it examines. */
async function examine(terminal: Terminal): Promise<CheckResult[]> {
  if (!(await hasHost(terminal))) return (await import('./examine-service.js')).examineService(terminal);
  const { examineHost } = await import('./examine-host.js');
  return withDatabase(terminal, examineHost);
}
