import { CliCommand } from '../command.js';

export const verifyCommand = (): CliCommand =>
  new CliCommand('verify', 'Is the log sound? Exit code 1 and the first fault if it is not')
    .option(
      '--expect <position:digest>',
      'the digest that the log must have there: nothing before was changed',
    )
    .option('--from <position:digest>', 'goes on after the end of an earlier verification, which it trusts')
    .json('one JSON object: ok, head, events, streams, digest, seconds, unknownTypes, fault, findings')
    .runs(async () => (await import('./verify.js')).verifyLog).manual(`\
Reads the log once, up to the end that it has at the start, in memory that does not grow with it:
  - positions and, in each stream, versions count from 1 without a gap, in the same order
  - no event id is taken twice, and time never runs backwards
  - every event can be read: this version of the service knows its type and its schema version
  - what guards the table (three unique constraints, one trigger) is in place
The first fault ends it. What is wrong with single events is found besides, and the walk goes on:
  - a number that JavaScript cannot hold exactly: whoever reads it gets another one
  - a time that is still to come: the clock of the database was ahead

The owner of the table can change an event in ways that no rule tells. So it ends with a digest of all events up to the
last one, which any change makes another. Keep it where that owner cannot write, and give it to --expect later. With
--from only what came after is read; a digest covers the same events as if all of the log had been read.

With --app it knows the types of an application. Without, on the log of one that imports the package, types that this
program does not know are no fault: it lists them, and checks all of their events but whether they can be read.

A service may go on writing meanwhile. On a terminal a bar shows the progress.

Examples:
  eventfold log verify
  eventfold log verify --json | jq .fault
  eventfold log verify --expect 2500:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
  eventfold log verify || page-somebody         exit code 1: a fault, or it could not be done`);
