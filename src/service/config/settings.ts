import { plainToInstance, Transform } from 'class-transformer';
import {
  IsByteLength,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  isURL,
  Matches,
  Max,
  Min,
  ValidateBy,
  validateSync,
} from 'class-validator';
import { applyDecorators } from '@nestjs/common';
import { MASTER_KEYS_RULE, masterKeysOf } from './master-keys.js';
import { StartRefused } from './start-refused.js';

const POSTGRES_URL = {
  protocols: ['postgres', 'postgresql'],
  require_protocol: true,
  require_tld: false,
  allow_underscores: true,
};

const WEB_URL = {
  protocols: ['http', 'https'],
  require_protocol: true,
  require_tld: false,
  allow_underscores: true,
  disallow_auth: true,
};

const STREAM_NAME = /^[\w-]{1,64}$/;
const IS_STREAM_NAME = { message: 'must have 1 to 64 letters, digits, "_" and "-"' };

/** The environment of the standalone service, parsed once. Names are those of the variables. */
export class Settings {
  @Whole(0, 65_535) PORT = 3000;
  @IsString() HOST = '127.0.0.1';
  /** Any PostgreSQL from 15 on. Without it, an embedded one is kept in `DATA_DIR/postgres`. */
  @IsOptional()
  @IsUrl(POSTGRES_URL, { message: 'must be a URL such as postgres://user:password@host:5432/database' })
  DATABASE_URL?: string;
  /** Replicas for queries of read models, separated by commas. Empty: the primary answers them. */
  @IsOptional() @IsPostgresUrls() DATABASE_REPLICA_URLS?: string;
  /** How far a replica may be behind the primary and still answer queries. */
  @Whole(0, 3_600_000) REPLICA_MAX_LAG_MS = 5_000;
  /** The shortest time between two messages of a feed of rows. */
  @Whole(0, 600_000) LIVE_INTERVAL_MS = 250;
  /** How many clients may follow a feed. */
  @Whole(1, 1_000_000) LIVE_MAX_CONNECTIONS = 2_000;
  @Matches(/^(?!pg_|information_schema$)[a-z_][a-z0-9_]{0,47}$/, {
    message: 'must be a lower-case identifier of at most 48 characters, and no name of PostgreSQL (pg_...)',
  })
  DATABASE_SCHEMA = 'eventfold';
  @Whole(2, 1_000) DATABASE_POOL_SIZE = 10;
  /** How long the start waits for a database that does not answer yet. 0: one try. */
  @Whole(0, 86_400) DATABASE_WAIT_SECONDS = 60;
  /** How long a statement outside transactions may take. 0: without a limit. */
  @Whole(0, 3_600_000) DATABASE_QUERY_TIMEOUT_MS = 5_000;
  /** How far the clock of the database may be ahead of this machine's: later times are not recorded. */
  @Whole(1, 31_536_000) DATABASE_CLOCK_MAX_AHEAD_SECONDS = 300;
  @IsString() DATA_DIR = '.data';
  /** Master keys of personal data. Without it: made once, in `DATA_DIR`, or in the database of `DATABASE_URL`. */
  @IsOptional() @IsMasterKeys() PRIVACY_MASTER_KEY?: string;
  /** The file of the ledger of erasures. Without it: `erasures.jsonl` in `DATA_DIR`. */
  @IsOptional() @IsString() PRIVACY_LEDGER?: string;
  /** Whether this process folds projections. */
  @IsIn(['on', 'off']) PROJECTIONS: 'on' | 'off' = 'on';
  /** How long read models wait before they look for new events, while notifications are not proven to arrive. */
  @Whole(10, 600_000) PROJECTION_POLL_MS = 500;
  /**
   * The interval of the proof that notifications arrive. An event whose notification was lost is found this much later
   * at most.
   */
  @Whole(10, 600_000) NOTIFICATION_CHECK_MS = 2_000;
  @Whole(0, 600_000) READ_AFTER_TIMEOUT_MS = 2_000;
  /** Events from one snapshot of a stream to the next. 0: off. */
  @Whole(0, 1_000_000) SNAPSHOT_EVERY = 100;
  /** The number of aggregates whose state is kept in the process. 0: off. */
  @Whole(0, 1_000_000) AGGREGATE_CACHE_SIZE = 1_000;
  /** The most memory that these states take, about. */
  @Whole(1, 1_000_000) AGGREGATE_CACHE_MB = 32;
  @Whole(1, 100) RETRY_MAX_ATTEMPTS = 3;
  @Whole(0, 60_000) RETRY_BASE_DELAY_MS = 100;
  @Numeric(0.01, 87_600) TRENDING_HALF_LIFE_HOURS = 24;
  /**
   * The URL of the public keys for the check of tokens. Without https, keys could be changed on the way, and others
   * could sign tokens.
   */
  @IsOptional()
  @IsSafeUrl()
  @IsUrl(WEB_URL, {
    message: 'must be a URL such as https://issuer.example.org/jwks.json, without a password',
  })
  AUTH_JWKS_URL?: string;
  /** The secret with which tokens are signed. It must be as long as the result of HS256: a short one can be guessed. */
  @IsOptional()
  @IsByteLength(32, 4_096, { message: 'must have at least 32 bytes' })
  AUTH_JWT_SECRET?: string;
  @IsOptional() @IsString() AUTH_ISSUER?: string;
  @IsOptional() @IsString() AUTH_AUDIENCE?: string;
  @Whole(1_024, 104_857_600) BODY_LIMIT_BYTES = 1_048_576;
  /** 0: off. */
  @Whole(0, 1_000_000) RATE_LIMIT_PER_MINUTE = 0;
  /** Origins whose pages may use the service from a browser. Empty: only its own. */
  @IsOptional() @IsOrigins() CORS_ORIGINS?: string;
  /** Nodes of a NATS JetStream cluster. Empty: nothing of JetStream is loaded. */
  @IsOptional() @IsBrokerUrls() JETSTREAM_URL?: string;
  /** Path of a credentials file. */
  @IsOptional() @IsString() JETSTREAM_CREDS?: string;
  /** Whether this process publishes the log to JetStream, if it folds. */
  @IsIn(['on', 'off']) RELAY: 'on' | 'off' = 'off';
  @Matches(STREAM_NAME, IS_STREAM_NAME) RELAY_STREAM = 'EVENTFOLD';
  @Matches(/^[\w-]{1,64}(\.[\w-]{1,64}){0,7}$/, {
    message: 'must be up to eight words of letters, digits, "_" and "-", with dots between',
  })
  RELAY_PREFIX = 'eventfold';
  @Whole(1, 100) RELAY_PARTITIONS = 16;
  /** The stream of other services whose events go into the log. Empty: none. */
  @IsOptional() @Matches(STREAM_NAME, IS_STREAM_NAME) INTAKE_STREAM?: string;
  @Matches(STREAM_NAME, IS_STREAM_NAME) INTAKE_DURABLE = 'eventfold';
  /** The name of this process for operators. Without it: the name of the machine and the process id. */
  @IsOptional() @IsShortText() PROCESS_NAME?: string;
  /** The build that this process runs, for operators. Without it: the version of the service. */
  @IsOptional() @IsShortText() BUILD?: string;
  /** How long the service still answers at its stop, after it has said that it is not ready. */
  @Whole(0, 600_000) SHUTDOWN_DELAY_MS = 0;
  @IsIn(['verbose', 'debug', 'log', 'warn', 'error', 'fatal']) LOG_LEVEL: LogLevelName = 'log';
  @IsIn(['pretty', 'json']) LOG_FORMAT: 'pretty' | 'json' = 'pretty';
  /** Whether `/docs` and `/openapi.json` are there. */
  @IsIn(['on', 'off']) DOCS: 'on' | 'off' = 'on';
  @IsOptional() @IsString() NODE_ENV?: string;
}

export type SettingName = keyof Settings;
export type LogLevelName = 'verbose' | 'debug' | 'log' | 'warn' | 'error' | 'fatal';

export { StartRefused };

/** Settings whose values are never shown. */
export const SECRET = new Set<string>([
  'DATABASE_URL',
  'DATABASE_REPLICA_URLS',
  'AUTH_JWKS_URL',
  'AUTH_JWT_SECRET',
  'JETSTREAM_URL',
  'PRIVACY_MASTER_KEY',
]);
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|localhost)$/;

/** Whether only programs of this machine reach a host. */
export const isLoopback = (host: string): boolean => LOOPBACK.test(host);

/** The origins of `CORS_ORIGINS`. */
export const originsOf = ({ CORS_ORIGINS = '' }: Pick<Settings, 'CORS_ORIGINS'>): string[] =>
  partsOf(CORS_ORIGINS);

/** The URLs of `DATABASE_REPLICA_URLS`. */
export const replicasOf = ({
  DATABASE_REPLICA_URLS = '',
}: Pick<Settings, 'DATABASE_REPLICA_URLS'>): string[] => partsOf(DATABASE_REPLICA_URLS);

const partsOf = (list: string): string[] =>
  list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** The URLs of `JETSTREAM_URL`, as text. */
export const brokerUrlsOf = (text: string): string[] => text.split(',').map((url) => url.trim());

/**
 * @throws StartRefused that names variable, value and rule of the first wrong variable, or the danger of the
 * combination
 */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const given = Object.keys(new Settings()).filter((name) => (environment[name] ?? '') !== '');
  const settings = plainToInstance(
    Settings,
    Object.fromEntries(given.map((name) => [name, environment[name]])),
  );
  const [wrong] = validateSync(settings, { stopAtFirstError: true });
  if (wrong !== undefined) {
    const value = SECRET.has(wrong.property)
      ? 'set to something that'
      : `${JSON.stringify(environment[wrong.property])}, which`;
    throw new StartRefused(
      `${wrong.property} is ${value} breaks the rule: ${Object.values(wrong.constraints ?? {})[0]}`,
    );
  }
  refuseUnsafe(settings);
  requireBroker(settings);
  return settings;
}

function requireBroker({ JETSTREAM_URL, JETSTREAM_CREDS, RELAY, INTAKE_STREAM }: Settings): void {
  if (JETSTREAM_URL !== undefined) return;
  const isIdle = { JETSTREAM_CREDS, INTAKE_STREAM, RELAY: RELAY === 'on' ? RELAY : undefined };
  for (const [name, value] of Object.entries(isIdle)) {
    if (value === undefined) continue;
    throw new StartRefused(
      `${name} is ${JSON.stringify(value)}, which needs a JetStream cluster: set JETSTREAM_URL as well.`,
    );
  }
}

/** Whether requests need a token. */
export const checksTokens = ({ AUTH_JWKS_URL, AUTH_JWT_SECRET }: Settings): boolean =>
  (AUTH_JWKS_URL ?? AUTH_JWT_SECRET) !== undefined;

/** Like `checksTokens`, but ends the start when the settings do not tell how tokens are checked. */
function isAuthOn(settings: Settings): boolean {
  const { AUTH_JWKS_URL, AUTH_JWT_SECRET } = settings;
  if (AUTH_JWKS_URL !== undefined && AUTH_JWT_SECRET !== undefined) {
    throw new StartRefused(
      'AUTH_JWKS_URL and AUTH_JWT_SECRET are both set: tokens are checked with one of them.',
    );
  }
  if (AUTH_JWKS_URL !== undefined) requireExpectedClaims(settings);
  const isOn = checksTokens(settings);
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE'] as const) {
    if (!isOn && settings[name] !== undefined) {
      throw new StartRefused(
        `${name} is set, but nothing to check tokens with: set AUTH_JWKS_URL or AUTH_JWT_SECRET as well.`,
      );
    }
  }
  return isOn;
}

/**
 * An issuer signs tokens for many applications by the same keys. Both claims are needed to refuse the tokens for
 * others.
 */
function requireExpectedClaims(settings: Settings): void {
  for (const name of ['AUTH_ISSUER', 'AUTH_AUDIENCE'] as const) {
    if (settings[name] !== undefined) continue;
    throw new StartRefused(
      `${name} is not set, and AUTH_JWKS_URL is: ` +
        'its keys sign tokens of other applications, too, ' +
        'so that both AUTH_ISSUER and AUTH_AUDIENCE must say which tokens are meant for this one.',
    );
  }
}

function refuseUnsafe(settings: Settings): void {
  if (isAuthOn(settings)) return;
  if (!isLoopback(settings.HOST)) {
    throw new StartRefused(
      `HOST is ${JSON.stringify(settings.HOST)}, which others can reach, and no AUTH_* is set: ` +
        'use a loopback address such as 127.0.0.1.',
    );
  }
  if (settings.NODE_ENV === 'production') {
    throw new StartRefused(
      'NODE_ENV is "production" and no AUTH_* is set: the service does not run open in production.',
    );
  }
}

function IsSafeUrl(): PropertyDecorator {
  return ValidateBy({
    name: 'isSafeUrl',
    validator: {
      // The other rule refuses a text that is no URL.
      validate: (value) => {
        if (!isURL(String(value), WEB_URL)) return true;
        const { protocol, hostname } = new URL(String(value));
        return protocol === 'https:' || isLoopback(hostname.replace(/^\[(.*)\]$/, '$1'));
      },
      defaultMessage: () => 'must be a URL of https, or of http on a loopback host such as 127.0.0.1',
    },
  });
}

function IsShortText(): PropertyDecorator {
  return Matches(/^[\x20-\x7e]{1,200}$/, {
    message: 'must have 1 to 200 letters, digits and signs of ASCII',
  });
}

function IsBrokerUrls(): PropertyDecorator {
  // `nats:host` is a URL as well, without a host. A password needs a user, and a lone % cannot be decoded.
  const isNode = (text: string) =>
    /^(nats|tls):\/\/(?!:)([^%]|%[\da-f]{2})+$/i.test(text) &&
    URL.canParse(text) &&
    new URL(text).host !== '';
  return ValidateBy({
    name: 'isBrokerUrls',
    validator: {
      validate: (value) => brokerUrlsOf(String(value)).every(isNode),
      defaultMessage: () =>
        'must be URLs such as nats://user:password@host:4222, percent-encoded, separated by commas',
    },
  });
}

function IsMasterKeys(): PropertyDecorator {
  return ValidateBy({
    name: 'isMasterKeys',
    validator: {
      validate: (value) => masterKeysOf(String(value)) !== undefined,
      defaultMessage: () => MASTER_KEYS_RULE,
    },
  });
}

function IsOrigins(): PropertyDecorator {
  const isOrigin = (text: string) => URL.canParse(text) && new URL(text).origin === text;
  return ValidateBy({
    name: 'isOrigins',
    validator: {
      validate: (value) => originsOf({ CORS_ORIGINS: String(value) }).every(isOrigin),
      defaultMessage: () => 'must be origins such as https://app.example.org, separated by commas',
    },
  });
}

function IsPostgresUrls(): PropertyDecorator {
  return ValidateBy({
    name: 'isPostgresUrls',
    validator: {
      validate: (value) =>
        replicasOf({ DATABASE_REPLICA_URLS: String(value) }).every((url) => isURL(url, POSTGRES_URL)),
      defaultMessage: () =>
        'must be URLs such as postgres://user:password@host:5432/database, separated by commas',
    },
  });
}

function Whole(min: number, max: number): PropertyDecorator {
  const message = `must be a whole number from ${min} to ${max}`;
  return applyDecorators(ToNumber(), IsInt({ message }), Min(min, { message }), Max(max, { message }));
}

function Numeric(min: number, max: number): PropertyDecorator {
  const message = `must be a number from ${min} to ${max}`;
  return applyDecorators(ToNumber(), IsNumber({}, { message }), Min(min, { message }), Max(max, { message }));
}

function ToNumber(): PropertyDecorator {
  const isNumber = (value: unknown) => typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value.trim());
  return Transform(({ value }) => (isNumber(value) ? Number(value) : value));
}
