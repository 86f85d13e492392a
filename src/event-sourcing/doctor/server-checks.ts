/** Checks of the server that are the same for every role and database. */
import { alterRole, type Check, type Facts, type Severity } from './check.js';

/** The oldest and the newest version of PostgreSQL that the tests run on. */
const OLDEST = 15;
const NEWEST = 18;

const version: Check = {
  name: 'server version',
  right: `PostgreSQL ${OLDEST} to ${NEWEST}`,
  settings: ['server_version', 'server_version_num'],
  look({ settings }) {
    const major = Math.floor(Number(settings['server_version_num']) / 10_000);
    const value = settings['server_version']!;
    if (major >= OLDEST && major <= NEWEST) return { value };
    const isOld = major < OLDEST;
    return {
      value,
      finding: {
        severity: isOld ? 'wrong' : 'warn',
        says: isOld
          ? `The server is PostgreSQL ${value}, which lacks what the functions of the schema use.`
          : `The server is PostgreSQL ${value}, on which this version was never tested.`,
        cure: isOld ? `Upgrade it to ${OLDEST} or later.` : `Use ${NEWEST}, or a newer version of Eventfold.`,
      },
    };
  },
};

const encoding: Check = {
  name: 'encoding',
  right: 'UTF8',
  settings: ['server_encoding'],
  look({ settings, database }) {
    const value = settings['server_encoding']!;
    if (value === 'UTF8') return { value };
    const says = `The database "${database}" is encoded as ${value}: events with other characters cannot be stored.`;
    const cure =
      'Make a database with "create database ... template template0 encoding UTF8", and restore a dump into it.';
    return { value, finding: { severity: 'wrong', says, cure } };
  },
};

const ifItWrites = ({ examined }: Facts): Severity => (examined.mayOnlyRead ? 'warn' : 'wrong');

const primary: Check = {
  name: 'primary',
  right: 'a server that takes writes, not a replica',
  sql: 'pg_is_in_recovery()',
  look(facts) {
    if (facts.answers['primary'] !== true) return { value: 'primary' };
    const says = 'The server is a replica, or is in recovery: nothing can be appended or folded there.';
    const cure = 'Connect to the primary, or wait until a failover is over.';
    return { value: 'replica', finding: { severity: ifItWrites(facts), says, cure } };
  },
};

const readOnly: Check = {
  name: 'default_transaction_read_only',
  right: 'off',
  settings: ['default_transaction_read_only'],
  look(facts) {
    const value = facts.settings['default_transaction_read_only']!;
    // On a replica this setting does not matter.
    if (value === 'off' || facts.answers['primary'] === true) return { value };
    const says = 'default_transaction_read_only is on: nothing can be appended or folded.';
    const cure = `Turn it off: ${alterRole(facts, 'default_transaction_read_only', 'off')}.`;
    return { value, finding: { severity: ifItWrites(facts), says, cure } };
  },
};

/** A setting that keeps acknowledged events through a crash. */
function durability(name: string, weak: readonly string[], loss: string): Check {
  return {
    name,
    right: `not ${weak.join(' or ')}`,
    settings: [name],
    look({ settings }) {
      const value = settings[name]!;
      if (!weak.includes(value)) return { value };
      const cure = `Turn ${name} on, where it is set: in postgresql.conf, for the database or for the role.`;
      return { value, finding: { severity: 'warn', says: `${name} is ${value}: ${loss}`, cure } };
    },
  };
}

const trackActivities: Check = {
  name: 'track_activities',
  right: 'on',
  settings: ['track_activities'],
  look({ settings }) {
    const value = settings['track_activities']!;
    if (value === 'on') return { value };
    const says =
      'track_activities is off: the status of a projection cannot name the session that is in its way.';
    return {
      value,
      finding: { severity: 'warn', says, cure: 'Turn track_activities on in postgresql.conf.' },
    };
  },
};

const nameLength: Check = {
  name: 'max_identifier_length',
  right: 'as many bytes as the channel of notifications, which is named after the schema, has',
  settings: ['max_identifier_length'],
  look({ settings, examined }) {
    const value = settings['max_identifier_length']!;
    const bytes = Buffer.byteLength(examined.logChannel);
    if (bytes <= Number(value)) return { value };
    const says =
      `Names have ${value} bytes at most, and "${examined.logChannel}" has ${bytes}: ` +
      'PostgreSQL refuses it as a channel.';
    return { value, finding: { severity: 'wrong', says, cure: 'Give the schema a shorter name.' } };
  },
};

export const SERVER_CHECKS: readonly Check[] = [
  version,
  encoding,
  primary,
  readOnly,
  durability('fsync', ['off'], 'a crash of the machine may leave the database damaged.'),
  durability('full_page_writes', ['off'], 'a crash of the machine may leave the database damaged.'),
  durability(
    'synchronous_commit',
    ['off'],
    'a crash of the server may lose events that were answered as stored.',
  ),
  trackActivities,
  nameLength,
];
