/**
 * The acts on the processes of process managers. This module imports types alone, as `projection-acts.ts` does.
 * (`overview` tells of processes of the operating system, which are another matter.)
 */
import type { ProcessInput, ProcessInstance, ProcessInstances, SentInput } from '../event-sourcing/index.js';

export interface OnProcess {
  name: string;
  key: string;
}

/** An act with a route and a command, which show its texts. */
export interface ProcessAct<Parameters extends OnProcess = OnProcess, Result = ProcessInstance> {
  readonly name: 'retry' | 'end' | 'send';
  readonly operationId: string;
  readonly summary: string;
  readonly effect: string;
  readonly refusals: readonly (readonly [
    code: 'process.not-stuck' | 'process.ended' | 'process.parked',
    example: string,
  ])[];
  readonly perform: (instances: ProcessInstances, parameters: Parameters) => Promise<Result>;
}

export const RETRY_PROCESS: ProcessAct = {
  name: 'retry',
  operationId: 'retryProcess',
  summary: 'Mend a stuck process: send its failed commands again, and handle its parked events again',
  effect:
    'Its events are handled by the code of the process that performs the retry. So mend the cause first.',
  refusals: [['process.not-stuck', 'Nothing of checkout o-17 has failed: there is nothing to retry.']],
  perform: (instances, { name, key }) => instances.retry(name, key),
};

export const END_PROCESS: ProcessAct<OnProcess & { reason?: string | undefined }> = {
  name: 'end',
  operationId: 'endProcess',
  summary: 'End a process, whose timers are then cancelled and whose waiting commands are dropped',
  effect:
    'Later events of its key are passed over. What has happened stays as it is: nothing is compensated. Its stream and ' +
    'the log of operations keep the reason that is given.',
  refusals: [
    ['process.ended', 'checkout o-17 has ended already.'],
    [
      'process.parked',
      'The key o-17 of checkout is parked: retry it, or skip its event, before you end the process.',
    ],
  ],
  perform: (instances, { name, key, reason }) => instances.end(name, key, { reason }),
};

export const SEND_INPUT: ProcessAct<OnProcess & ProcessInput & { reason?: string | undefined }, SentInput> = {
  name: 'send',
  operationId: 'sendProcessInput',
  summary: 'Hand a process an event by hand, which it then handles as if the log had it',
  effect:
    'Nobody else sees the event. The stream of the process keeps it, with the reason, and so does the log of operations. ' +
    'An event that starts a process starts it.',
  refusals: [['process.ended', 'checkout o-17 has ended.']],
  perform: (instances, { name, key, type, data, reason }) =>
    instances.send(name, key, { type, data }, { reason }),
};

export const PROCESS_ACTS = [RETRY_PROCESS, END_PROCESS, SEND_INPUT] as const;
