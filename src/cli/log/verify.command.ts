import { type LogMark, markOfText } from '../../event-sourcing/log/verify/log-digest.js';
import { CliCommand } from '../command.js';
import type { OptionValue } from '../option-value.js';
import type { VerifyOptions } from './verify.js';

const MARK: OptionValue<LogMark> = {
  rule: 'a position and its digest, as "log verify" prints them: 2500:9f86d081... with 64 digits',
  parse: markOfText,
};

export const verifyCommand = (): CliCommand =>
  new CliCommand('verify', 'Is the log sound? Exit code 1 and the first fault if it is not')
    .value(
      '--expect <position:digest>',
      'the digest that the log must have there: nothing before was changed',
      MARK,
    )
    .value(
      '--from <position:digest>',
      'goes on after the end of an earlier verification, which it trusts',
      MARK,
    )
    .requires(({ from, expect }: VerifyOptions) =>
      from && expect && expect.position < from.position
        ? '--expect is before --from, and what is before it is not read'
        : undefined,
    )
    .json('one JSON object: ok, head, events, streams, digest, seconds, unknownTypes, fault, findings')
    .runs(async () => (await import('./verify.js')).verifyLog).manual(`\
Reads the log once, up to its end at the start of the command. Memory does not grow with the log. It checks that
  - positions and, in each stream, versions count from 1 without a gap, in the same order
  - no event id is taken twice, and time never runs backwards
  - every event can be read: this version of the service knows its type and its schema version
  - the guards of the table (three unique constraints, one trigger) are in place
The first fault ends it. Two faults of single events are reported, and the verification goes on:
  - a number that JavaScript cannot hold exactly: readers get another number
  - a time in the future: the clock of the database was ahead

The owner of the table can change an event without a fault. So the command ends with a digest of all events up to the
last one, and any change gives another digest. Keep it where the owner cannot write, and give it to --expect later. With
--from only later events are read, and the digest is the same as after reading the whole log.

With --app it knows the types of an application. Without --app, on the log of another application, unknown types are no
fault: the command lists them, and does not check whether their events can be read.

A service may go on writing meanwhile. On a terminal a bar shows the progress.

Examples:
  eventfold log verify
  eventfold log verify --json | jq .fault
  eventfold log verify --expect 2500:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  eventfold log verify || page-an-operator      exit code 1: a fault, or it could not be done`);
