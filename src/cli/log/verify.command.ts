import { CliCommand } from '../command.js';

export const verifyCommand = (): CliCommand =>
  new CliCommand('verify', 'Is the log sound? Exit code 1 and the first fault if it is not')
    .json('one JSON object: ok, head, events, streams, seconds, unknownTypes, fault')
    .runs(async () => (await import('./verify.js')).verifyLog).manual(`\
Reads the log once, up to the end that it has at the start, in memory that does not grow with it:
  - positions and, in each stream, versions count from 1 without a gap, in the same order
  - no event id is taken twice, and time never runs backwards
  - every event can be read: this version of the service knows its type and its schema version
  - what guards the table (three unique constraints, one trigger) is in place

In the log of an application that imports the package, types that this program does not know are no fault: it lists them,
and checks all of their events but whether they can be read.

A service may go on writing meanwhile. On a terminal a bar shows the progress.

Examples:
  eventfold log verify
  eventfold log verify --json | jq .fault
  eventfold log verify || page-somebody         exit code 1: a fault, or it could not be done`);
