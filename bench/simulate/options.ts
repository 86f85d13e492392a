import { parseArgs } from 'node:util';
import { WrongUsage } from './failure.js';

export interface Options {
  users: number;
  events: number;
  /** Viewing events a second; undefined: as fast as the service takes them. */
  rate: number | undefined;
  seed: number;
  days: number;
  url: string;
  /** Only the default URL may be replaced by a service that this run starts. */
  urlGiven: boolean;
  token: string | undefined;
}

export const HELP = `Fills an Eventfold service with a realistic load and prints what its read models make of it.

  npm run simulate -- [options]

Catalogues 3,201 real films, registers users with subscriptions and preferences, and sends viewing events, in which
films are watched in proportion to their IMDB votes. Uses the service at the URL; if nothing answers there and no
--url was given, it starts one of its own, which keeps its data in DATA_DIR (or DATABASE_URL), and stops it at the end.

Options
  --users N    users to register                       1000
  --events N   viewing events: watched and rated       20000
  --rate N     viewing events per second               as fast as the service takes them
  --seed N     same seed, same users, events and ids   1
  --days N     events are spread over the last N days  30
  --url URL    a running service                       http://127.0.0.1:$PORT, or port 3000
  --token T    bearer token with scope admin, for a service with AUTH_* set
  --help       this page

A seed sent twice changes nothing the second time: the service knows its ids. Another seed adds other users and events.

Examples
  npm run simulate                                        1,000 users, 20,000 events
  npm run simulate -- --users 50 --events 1000            a quick look
  npm run simulate -- --events 200000 --seed 2            ten times the events, by other users
  npm run simulate -- --rate 200 --events 60000           five minutes at a steady 200 events/s
  npm run simulate -- --url http://127.0.0.1:8080         a service that runs elsewhere
  DATA_DIR=.data-try npm run simulate                     leaves the usual data alone`;

const OPTIONS = {
  users: { type: 'string', default: '1000' },
  events: { type: 'string', default: '20000' },
  rate: { type: 'string' },
  seed: { type: 'string', default: '1' },
  days: { type: 'string', default: '30' },
  url: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws WrongUsage that names option, value and rule */
export function readOptions(args: string[], env: NodeJS.ProcessEnv): Options | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  return {
    users: wholeNumber('--users', values.users, 1, 1_000_000),
    events: wholeNumber('--events', values.events, 0, 100_000_000),
    rate: values.rate === undefined ? undefined : wholeNumber('--rate', values.rate, 1, 1_000_000),
    seed: wholeNumber('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER),
    days: wholeNumber('--days', values.days, 1, 3650),
    url: values.url === undefined ? defaultUrl(env) : serviceUrl(values.url),
    urlGiven: values.url !== undefined,
    token: values.token === undefined ? undefined : someText('--token', values.token),
  };
}

type Values = { [Name in keyof typeof OPTIONS]?: string | boolean };

// Not strict: parseArgs' own messages take several lines and know no rules.
function parse(args: string[]): Values {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, strict: false });
  if (positionals[0] !== undefined) refuse(`"${positionals[0]}"`, undefined, 'is not an option');
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(OPTIONS, name));
  if (unknown !== undefined)
    refuse(unknown.length === 1 ? `-${unknown}` : `--${unknown}`, undefined, 'is not an option');
  return values;
}

function wholeNumber(option: string, value: string | boolean | undefined, low: number, high: number): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= low && number <= high) return number;
  return refuse(option, value, `must be a whole number from ${low} to ${high}`);
}

function serviceUrl(value: string | boolean): string {
  const rule = 'must be an http or https address, such as http://127.0.0.1:3000';
  const url =
    typeof value === 'string' && URL.canParse(value) ? new URL(value) : refuse('--url', value, rule);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('--url', value, rule);
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

function defaultUrl(env: NodeJS.ProcessEnv): string {
  const port =
    env['PORT'] === undefined || env['PORT'] === '' ? 3000 : wholeNumber('PORT', env['PORT'], 1, 65_535);
  return `http://127.0.0.1:${port}`;
}

function someText(option: string, value: string | boolean): string {
  return typeof value === 'string' && value !== '' ? value : refuse(option, value, 'must not be empty');
}

function refuse(option: string, value: string | boolean | undefined, rule: string): never {
  const shown = value === undefined ? '' : typeof value === 'string' ? ` "${value}"` : ' (no value)';
  throw new WrongUsage(`${option}${shown} ${rule}. --help shows the options.`);
}
