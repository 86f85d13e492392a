import type { CheckResult } from '../../event-sourcing/doctor/check.js';
import { printable } from '../terminal/printable.js';
import { table } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

const COLOURS = { ok: 'green', warn: 'yellow', wrong: 'red' } as const;

/** All checks in a table, then each finding with its cure, and a summary in one line. */
export function report(terminal: Terminal, checks: readonly CheckResult[]): string[] {
  const rows = checks.map(({ name, status, value, right }) => [name, status, value, right]);
  const findings = checks.filter(({ finding }) => finding !== null);
  return [
    ...table(terminal, [['check', 'status', 'value', 'right'], ...rows]),
    ...findings.flatMap(({ name, status, finding, cure }) => [
      '',
      `${terminal.colour(COLOURS[status], `${status}  ${name}`)}: ${printable(finding!)}`,
      `  ${printable(cure!)}`,
    ]),
    '',
    summary(terminal, checks),
  ];
}

function summary(terminal: Terminal, checks: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']) => checks.filter((each) => each.status === status).length;
  const [wrong, warnings] = [count('wrong'), count('warn')];
  const counted = `${checks.length} checks: ${wrong} wrong, ${warnings} to be warned of.`;
  if (wrong > 0) return terminal.colour('red', `${counted} It does not work like this.`);
  return warnings > 0
    ? terminal.colour('yellow', `${counted} It works.`)
    : terminal.colour('green', `${counted} All is well.`);
}
