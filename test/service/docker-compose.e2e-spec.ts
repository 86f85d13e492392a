/**
 * The container files, checked without a container engine. The Compose schema is the official one
 * (compose-spec/compose-spec, schema/compose-spec.json, Apache-2.0), as the package `dclint` ships it.
 */
import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { parse } from 'yaml';
import { readSettings, Settings } from '../../src/service/config/settings.js';

interface Service {
  image?: string;
  build?: string;
  command?: string[];
  ports?: string[];
  environment?: Record<string, string>;
  healthcheck?: { test: string[] };
}
interface ComposeFile {
  services: Record<string, Service>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(resolve(root, file), 'utf8');

/**
 * The values that Compose substitutes: `${NAME}`, or with a default (`:-`) or with the message of a required one
 * (`:?`).
 */
const reference = /\$\{([A-Z_\d]+)(?::([-?])([^}]*))?\}/g;

/** A value in Compose when the shell sets only the variables without a default. */
const substituted = (value: string) =>
  value.replace(reference, (_all, name: string, kind?: string, text = '') =>
    kind === '-' ? text : name.padEnd(32, '.'),
  );

const dclint = dirname(createRequire(import.meta.url).resolve('dclint/package.json'));
// The schema names its dialect, draft 7, by an address that Ajv does not know. So the schema itself is not checked.
const validate = new Ajv({ strict: false, validateSchema: false, allErrors: true }).compile(
  JSON.parse(read(join(dclint, 'schemas/compose.schema.json'))),
);

/** The schema's complaints about a Compose file; none when the file is valid. */
function complaintsAbout(file: unknown): string[] {
  validate(file);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

/** A Dockerfile as pairs of instruction and arguments, comments and continued lines resolved. */
function instructions(dockerfile: string): [instruction: string, rest: string][] {
  const lines = dockerfile
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n');
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) => [line.split(/\s+/, 1)[0]!, line.replace(/^\S+\s+/, '').trim()]);
}

describe.each(['docker-compose.yml', 'docker-compose.scale.yml'])('%s', (file) => {
  const composeText = read(file);
  const compose: ComposeFile = parse(composeText, { merge: true });
  const services = Object.entries(compose.services);
  const own = services.filter(([, { build, command }]) => build !== undefined && command === undefined);
  const [ownName, ownService] = own[0]!;

  it('is a valid Compose file', () => {
    expect(complaintsAbout(compose)).toEqual([]);
  });

  it.each([
    ['an unknown key', { helthcheck: {} }, 'must NOT have additional properties'],
    ['a value of the wrong type', { ports: 3000 }, 'must be array'],
  ])('would not be valid with %s in a service', (_mistake, planted, complaint) => {
    const wrong = { ...compose.services, [ownName]: { ...ownService, ...planted } };
    const complaints = complaintsAbout({ ...compose, services: wrong });
    expect(complaints).toContainEqual(expect.stringMatching(`^/services/${ownName}.*${complaint}`));
  });

  it('has no dollar sign that Compose cannot substitute', () => {
    const values = JSON.stringify(compose).replace(reference, '');
    expect(values.replaceAll('$$', '')).not.toContain('$');
  });

  it('pins every image to a major version', () => {
    const images = services.flatMap(([, service]) => service.image ?? []);
    expect(images).not.toHaveLength(0);
    for (const image of images) expect(image).toMatch(/:\d+/);
  });

  it.each(services)('gives %s a health check', (_name, service) => {
    expect(service.healthcheck?.test[0]).toMatch(/^CMD(-SHELL)?$/);
  });

  it.each(own)('gives %s only variables that it reads', (_name, { environment }) => {
    const settings = Object.keys(new Settings());
    expect(settings).toEqual(expect.arrayContaining(Object.keys(environment!)));
  });

  it.each(own)('gives %s settings with which it starts', (_name, { environment }) => {
    const values = Object.entries(environment!).map(([name, value]) => [name, substituted(value)]);
    expect(readSettings(Object.fromEntries(values))).toMatchObject({
      HOST: '0.0.0.0',
      PORT: 3000,
      LOG_FORMAT: 'json',
    });
  });

  it('takes every secret from the environment, with a default for the development database alone', () => {
    const environments = services.flatMap(([, service]) => Object.entries(service.environment ?? {}));
    const secrets = environments
      .filter(([name]) => /SECRET|PASSWORD|TOKEN|KEY/.test(name))
      .map(([, value]) => value);
    const urlPasswords = [...composeText.matchAll(/postgres:\/\/[^:/\s]+:(.+)@/g)].map((match) => match[1]!);
    expect(urlPasswords).not.toHaveLength(0);
    for (const secret of [...secrets, ...urlPasswords]) {
      expect(secret).toMatch(/^\$\{(POSTGRES_PASSWORD:-eventfold|[A-Z_]+:\?[^}]+)\}$/);
    }
  });

  it('opens nothing beyond this machine', () => {
    for (const port of services.flatMap(([, service]) => service.ports ?? [])) {
      expect(port).toMatch(/^127\.0\.0\.1:/);
    }
    for (const [, { environment }] of own) {
      const loopback = environment!['HOST'] === '127.0.0.1';
      const authenticated = /^\$\{AUTH_\w+:\?/.test(environment!['AUTH_JWT_SECRET'] ?? '');
      expect(loopback || authenticated).toBe(true);
    }
  });
});

describe('Dockerfile', () => {
  const steps = instructions(read('Dockerfile'));
  const all = (name: string) => steps.filter(([instruction]) => instruction === name).map(([, rest]) => rest);

  it('starts the file that the build makes of src/main.ts', () => {
    const configFile = join(root, 'tsconfig.build.json');
    const { config } = ts.readConfigFile(configFile, read);
    const project = ts.parseJsonConfigFileContent(config, ts.sys, root, undefined, configFile);
    const built = ts.getOutputFileNames(project, join(root, 'src/main.ts'), false);
    const command: string[] = JSON.parse(all('CMD').at(-1)!);
    expect(command[0]).toBe('node');
    expect(built.map((file) => relative(root, file))).toContain(command.at(-1));
  });

  it('pins every image to a major version', () => {
    const stages = all('FROM').map((rest) => rest.split(/\s+as\s+/i));
    const names = stages.map(([, name]) => name);
    for (const [image] of stages) if (!names.includes(image)) expect(image).toMatch(/^[a-z/]+:\d+/);
  });

  it('copies only files that are there', () => {
    const copies = all('COPY').filter((rest) => !rest.startsWith('--from'));
    const sources = copies.flatMap((rest) => rest.split(/\s+/).slice(0, -1));
    for (const source of sources) expect([source, existsSync(join(root, source))]).toEqual([source, true]);
  });

  it('runs as a user without privileges and is stopped by SIGTERM', () => {
    expect(all('USER').at(-1)).toBe('node');
    expect(all('STOPSIGNAL')).toEqual(['SIGTERM']);
  });
});
