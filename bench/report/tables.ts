import Table from 'cli-table3';
import { MOST_SPREAD, type Outcome } from './claim.js';
import type { Report } from './report.js';

/** Rows of text for a terminal or a page. The first row has the heads. */
export function figuresOf({ lines }: Report): string[][] {
  const withMemory = lines.some(({ memory }) => memory !== undefined);
  const heads = ['work', 'contender', 'rate', 'per', 'lowest - highest', 'p50 ms', 'p99 ms'];
  return [
    [...heads, ...(withMemory ? ['peak MB'] : []), 'ratio'],
    ...lines.map(({ work, contender, rate, unit, lowest, highest, p50, p99, memory, ratio }, index) => [
      work === lines[index - 1]?.work ? '' : work,
      contender,
      amount(rate),
      unit,
      `${amount(lowest)} - ${amount(highest)}`,
      p50 === undefined ? '' : milliseconds(p50),
      p99 === undefined ? '' : milliseconds(p99),
      ...(withMemory ? [memory === undefined ? '' : amount(memory)] : []),
      ratio.toFixed(2),
    ]),
  ];
}

export function claimsOf({ claims }: Report): string[][] {
  return [
    ['target', 'is', 'must be', 'met'],
    ...claims.map((outcome) => [outcome.claim, figure(outcome.ratio), outcome.bound, answerOf(outcome)]),
  ];
}

function answerOf({ met, spread = 0 }: Outcome): string {
  if (met === undefined) return `unclear: the yardstick moved by ${percent(spread)}`;
  return met ? 'yes' : 'NO';
}

/** How noisy the machine was: how far the yardstick of each kind of work moved between the rounds. */
export function noiseOf({ lines }: Report): string {
  const yardsticks = lines.filter(({ work }, index) => work !== lines[index - 1]?.work);
  const spreads = yardsticks.map(({ lowest, highest, rate }) => (highest - lowest) / rate);
  const [least, most] = [Math.min(...spreads), Math.max(...spreads)].map(percent);
  const range = least === most ? least : `${least} to ${most}`;
  return `The rate of the yardstick moved by ${range} between rounds; more than ${percent(MOST_SPREAD)} proves nothing.`;
}

export function toTerminal(report: Report): string {
  const tables = [figuresOf(report), claimsOf(report)].filter((rows) => rows.length > 1);
  return [`\n${report.part}: ${report.about}`, ...tables.map(draw), noiseOf(report)].join('\n');
}

function draw([head, ...rows]: string[][]): string {
  const colAligns = head!.map((name) => (LEFT.has(name) ? ('left' as const) : ('right' as const)));
  const table = new Table({ head: head!, colAligns, style: { head: [], border: [], compact: true } });
  table.push(...rows);
  return table.toString();
}

/** Columns that hold words. */
export const LEFT = new Set(['work', 'contender', 'per', 'target', 'must be', 'met']);

const amount = (rate: number) => (rate < 100 ? rate.toFixed(1) : Math.round(rate).toLocaleString('en'));
const figure = (value: number) => (value < 100 ? value.toFixed(2) : amount(value));
const percent = (part: number) => `${Math.round(part * 100)} %`;
const milliseconds = (time: number) => (time < 10 ? time.toFixed(2) : time.toFixed(1));
