/**
 * The decisions around the running function.
 *
 * A second update of an aggregate inside a decision on it would be stored at once. The update around it then meets a
 * conflict, and decides again with that update in it, until its attempts are used up: one call, three events. So every
 * append to a stream is refused while the function that calls it decides on that stream.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { NestedUpdateError } from './nested-update.error.js';

/** A decision, with the log and the stream of its aggregate. */
interface Frame {
  log: object;
  streamId: string;
  outer: Frame | undefined;
  /** Whether it runs still. Code that it started and did not await may run on. */
  isOpen: boolean;
}

/** One storage for the process: before Node.js 24 each promise carries every storage that was ever used. */
const running = new AsyncLocalStorage<Frame>();

/** Runs a decision on the aggregate of a stream. */
export async function deciding(
  log: object,
  streamId: string,
  decide: () => void | Promise<void>,
): Promise<void> {
  const frame: Frame = { log, streamId, outer: openFrame(running.getStore()), isOpen: true };
  try {
    await running.run(frame, decide);
  } finally {
    frame.isOpen = false;
  }
}

/** @throws NestedUpdateError when the running function decides on the aggregate of this stream */
export function refuseInsideDecision(log: object, streamId: string): void {
  for (let frame = openFrame(running.getStore()); frame !== undefined; frame = openFrame(frame.outer)) {
    if (frame.streamId === streamId && frame.log === log) throw new NestedUpdateError(streamId);
  }
}

/** The innermost decision that has not ended. Otherwise decisions that start each other would all be kept. */
function openFrame(frame: Frame | undefined): Frame | undefined {
  while (frame !== undefined && !frame.isOpen) frame = frame.outer;
  return frame;
}
