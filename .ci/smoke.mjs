#!/usr/bin/env node
// Does the first minutes of a new user on another Node.js: a clean clone, `npm ci && npm start`, the lines of the
// README, Ctrl-C, a second start, the unit tests.
//
//   .ci/smoke.mjs <version of Node.js> [<version of npm>]

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const READY_WITHIN_MS = 180_000;
const ENDS_WITHIN_MS = 10_000;
/** Lines that `npm ci` may print, from Node.js 22 on. */
const WARNINGS = 15;

const [nodeVersion, npmVersion] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'eventfold-smoke-'));
const clone = join(folder, 'repository');
const env = { ...process.env, PATH: [...installed(), process.env.PATH].join(delimiter) };
let running;

try {
  await smoke();
} finally {
  if (running?.exitCode === null && running.signalCode === null) process.kill(-running.pid, 'SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}

async function smoke() {
  execFileSync('git', ['clone', '--quiet', ROOT, clone]);
  say(`Node.js ${output('node --version')}, npm ${output('npm --version')}`);
  await install();
  await start();
  await pasteReadme();
  await end('Ctrl-C', () => process.kill(-running.pid, 'SIGINT'));
  await start();
  await end('SIGTERM to npm', () => process.kill(running.pid, 'SIGTERM'));
  await run('npm run test:unit');
}

/** @returns the folders of the programs */
function installed() {
  const packages = [`node-${process.platform}-${process.arch}@${nodeVersion}`];
  if (npmVersion !== undefined) packages.push(`npm@${npmVersion}`);
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', folder, ...packages]);
  const modules = join(folder, 'node_modules');
  return [join(modules, '.bin'), join(modules, `node-${process.platform}-${process.arch}`, 'bin')];
}

async function install() {
  const printed = await run('npm ci');
  const warnings = printed.split('\n').filter((line) => /^npm (warn|error)/i.test(line));
  say(`npm ci: ${warnings.length} lines of warnings`);
  const major = Number(output('node --version').slice(1).split('.')[0]);
  if (major >= 22) must(warnings.length <= WARNINGS, `more than ${WARNINGS} lines of warnings:\n${printed}`);
  must(!printed.includes('ERESOLVE'), `a conflict of peers:\n${printed}`);
  await run('npm sbom --sbom-format cyclonedx');
}

async function start() {
  const began = performance.now();
  running = spawn('npm', ['start'], { cwd: clone, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const ended = once(running, 'exit').then(() => false);
  while (!printed.includes('Ready at')) {
    const goesOn = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve(true), 50))]);
    must(goesOn && performance.now() - began < READY_WITHIN_MS, `npm start is not ready:\n${printed}`);
  }
  say(`npm start: ready after ${inSeconds(began)}`);
}

/**
 * The blocks of shell in the README, in order and without the first, which is the start; and the answers that it shows.
 */
async function pasteReadme() {
  const blocks = [...readFileSync(join(clone, 'README.md'), 'utf8').matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
  const isPasted = ([, language, text]) => language === 'bash' && !text.startsWith('npm ci');
  for (const [index, block] of blocks.entries()) {
    if (!isPasted(block)) continue;
    const printed = await run(block[2]);
    const [, language, shown] = blocks[index + 1] ?? [];
    if (language === 'json') expectAnswer(printed, JSON.parse(shown));
  }
}

/** @param shown the answer in the README, with "..." for parts that differ each time */
function expectAnswer(printed, shown) {
  const answer = JSON.parse(printed.slice(printed.lastIndexOf('{')));
  for (const [name, value] of Object.entries(shown)) {
    const isSame = value === '...' || JSON.stringify(answer[name]) === JSON.stringify(value);
    must(
      isSame,
      `the README shows ${name} ${JSON.stringify(value)}, and it is ${JSON.stringify(answer[name])}`,
    );
  }
}

async function end(how, signal) {
  const began = performance.now();
  const exited = once(running, 'exit');
  signal();
  const timer = setTimeout(() => process.kill(-running.pid, 'SIGKILL'), ENDS_WITHIN_MS);
  const [code] = await exited;
  clearTimeout(timer);
  must(code === 0, `${how} ended it with ${code}`);
  must(
    output(`ps ax -o args= | grep -F ${folder} | grep -v grep || true`) === '',
    `${how} left something running`,
  );
  say(`${how}: ended after ${inSeconds(began)}`);
}

/** @returns all output */
async function run(script) {
  const began = performance.now();
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], {
    cwd: clone,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk));
  const [code] = await once(child, 'close');
  must(code === 0, `this ended with ${code}:\n${script}\n${printed}`);
  say(`${inSeconds(began)}  ${script.trim().split('\n')[0].slice(0, 100)}`);
  return printed;
}

function output(script) {
  return execFileSync('bash', ['-c', script], { cwd: clone, env, encoding: 'utf8' }).trim();
}

function must(holds, otherwise) {
  if (!holds) throw new Error(`On Node.js ${nodeVersion}: ${otherwise}`);
}

function inSeconds(began) {
  return `${((performance.now() - began) / 1_000).toFixed(1)} s`;
}

function say(line) {
  console.log(`[node ${nodeVersion}${npmVersion ? `, npm ${npmVersion}` : ''}] ${line}`);
}
