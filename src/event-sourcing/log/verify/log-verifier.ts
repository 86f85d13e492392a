import { Injectable } from '@nestjs/common';
import { EventRegistry } from '../../event/event-registry.js';
import { ResolvedOptions } from '../../options.js';
import { requireArguments } from '../../options/require-arguments.js';
import { isRecord } from '../../options/resolve-options.js';
import { callOptions, functionThat, oneOf, optional, type Rule } from '../../options/rules.js';
import { POSITION, SIGNAL } from '../argument-rules.js';
import { Clock } from '../../clock.js';
import { isTransient } from '../../postgres/transient-failure.js';
import { digestWith, type LogMark, markToText, START_OF_LOG } from './log-digest.js';
import { digestDiffers, faultOf, logShorter, type LogFault, type Predecessor } from './log-checks.js';
import { addFinding, findingsIn, type LogFinding } from './log-finding.js';
import { selectHead } from '../read.sql.js';
import { requireLog } from '../../event/no-log.error.js';
import { type ExaminedEvent, selectExamined, selectMissingGuards, selectTimeAt } from './verify.sql.js';
import { Database } from '../../postgres/database.js';
import { WALK_PAGE } from '../page-sizes.js';

/** The progress of a verification. It is complete and good when `events` equals `head` and there is no fault. */
export interface Verification {
  /** The last position of the log when the verification began. Later events are not checked. */
  head: number;
  /** How many events were found sound. */
  events: number;
  /** How many streams begin among these events. */
  streams: number;
  /** The digest of the log up to the last of these events, with its position, as `expect` and `from` accept it. */
  digest: string;
  /** The first fault. Later events were not checked. */
  fault?: LogFault;
  /** Problems of single events; the log is whole all the same. */
  findings?: LogFinding[];
  /**
   * Types that this program does not know, when they are listed and no fault. Only the place of their events was
   * checked.
   */
  unknownTypes?: UnknownType[];
}

/** The task of a verification. */
export interface VerificationTask {
  /** Called with the progress after each page. */
  onPage: (soFar: Verification) => void;
  signal: AbortSignal;
  /**
   * `fault` treats an unknown type as a fault. `listed` only lists it, as for the log of another application. Default:
   * `fault`.
   */
  unknownTypes?: 'fault' | 'listed';
  /** The trusted end of an earlier verification: this one begins after it. Default: the start of the log. */
  from?: LogMark;
  /** The digest that the log must have at a position, which is not before `from`. */
  expect?: LogMark;
}

const MARK: Rule<LogMark> = optional({
  says: 'a position with the digest of the log up to it, in 64 lower-case hexadecimal digits',
  accepts: (mark) =>
    isRecord(mark) && POSITION.accepts(mark.position) && /^[0-9a-f]{64}$/.test(String(mark.digest)),
});
const TASK = callOptions({
  onPage: { ...functionThat('takes the progress'), isOptional: false },
  signal: SIGNAL,
  unknownTypes: optional(oneOf('fault', 'listed')),
  from: MARK,
  expect: MARK,
});
const VERIFY = { task: TASK };

export interface UnknownType {
  type: string;
  events: number;
  /** Position of the first of them. */
  position: number;
}

/**
 * Verifies the whole log in one walk along its primary key. Its memory does not grow with the log: no set of streams or
 * ids is kept. Instead, while its page is read, every event is looked up through the other two unique indexes:
 *
 * - its stream and version must lead to this event and no other, and the version before it to an earlier position.
 *   By induction the versions of each stream are contiguous from 1, in the order of positions;
 * - its event id must lead to this event and no other. So ids are unique, whatever the constraint says, and the index
 *   that appends rely on is proved to have every row.
 *
 * The alternative, a second and a third walk in the order of those indexes, would read the table in random order, since
 * positions are not in them. The lookups find their rows near by: the version before is mostly recent, and ids made
 * here (UUID v7) are in the order of time.
 */
@Injectable()
export class LogVerifier {
  private readonly events: string;

  constructor(
    private readonly database: Database,
    private readonly registry: EventRegistry,
    private readonly clock: Clock,
    private readonly options: ResolvedOptions,
  ) {
    this.events = options.qualified('events');
  }

  /**
   * Ends after the first fault, or at the head.
   *
   * @throws the signal's reason when it is aborted; the database's error when it is away
   */
  async verify(task: VerificationTask): Promise<Verification> {
    requireLog(this.options);
    requireArguments('LogVerifier.verify', { task }, VERIFY);
    const missing = await selectMissingGuards(this.database.statements, this.events);
    const head = await selectHead(this.database.statements, this.events);
    const from = task.from ?? START_OF_LOG;
    const soFar: Verification = { head, events: 0, streams: 0, digest: markToText(from) };
    const walk: Walk = {
      task,
      head,
      probe: missing.every((guard) => guard === 'events_are_facts'),
      before: { position: from.position, timestamp: await this.timeAt(from.position) },
      digest: from.digest,
      latest: new Date(this.clock.now().getTime() + this.options.maxClockAheadMs),
    };
    const fault = beforeTheWalk(walk) ?? (await this.walk(walk, soFar));
    if (fault !== undefined) return { ...soFar, fault };
    return missing.length === 0 ? soFar : { ...soFar, fault: unguarded(missing) };
  }

  /** The database reads the next page while this one is checked. */
  private async walk(walk: Walk, soFar: Verification): Promise<LogFault | undefined> {
    let next = this.readOn(walk, walk.before.position);
    while (walk.before.position < walk.head) {
      walk.task.signal.throwIfAborted();
      const page = await next;
      if (!Array.isArray(page)) return page;
      next = this.readOn(walk, page.at(-1)?.position ?? walk.head);
      await this.registry.prepare(page);
      const fault = this.look(page, walk, soFar);
      if (fault !== undefined) return fault;
      walk.task.onPage(soFar);
    }
    return undefined;
  }

  private readOn(walk: Walk, after: number): Promise<ExaminedEvent[] | LogFault> {
    if (after >= walk.head) return Promise.resolve([]);
    const page = this.read(walk, after);
    page.catch(() => undefined); // the error is thrown when the page is awaited
    return page;
  }

  private async timeAt(position: number): Promise<Date> {
    const time =
      position === 0 ? undefined : await selectTimeAt(this.database.statements, this.events, position);
    return time ?? LONG_AGO;
  }

  /** Checks a page, and moves `walk` and `soFar` on over its sound events. */
  private look(page: readonly ExaminedEvent[], walk: Walk, soFar: Verification): LogFault | undefined {
    if (page.length === 0) return unfound(walk);
    for (const event of page) {
      const fault = faultOf(event, walk.before, this.registry);
      if (fault?.code === 'unknown-event-type' && walk.task.unknownTypes === 'listed') list(event, soFar);
      else if (fault !== undefined) return fault;
      const differs = this.step(event, walk, soFar);
      if (differs !== undefined) return differs;
    }
    return undefined;
  }

  /** Adds a sound event to the digest, and looks for problems of the event itself. */
  private step(event: ExaminedEvent, walk: Walk, soFar: Verification): LogFault | undefined {
    walk.digest = digestWith(event, walk.digest);
    const differs = unexpected({ position: event.position, digest: walk.digest }, walk.task);
    if (differs !== undefined) return differs;
    for (const finding of findingsIn(event, walk.latest)) addFinding((soFar.findings ??= []), finding);
    walk.before = event;
    soFar.events++;
    if (event.version === 1) soFar.streams++;
    soFar.digest = markToText({ position: event.position, digest: walk.digest });
    return undefined;
  }

  /** A page that cannot be read is read again in ever smaller ones, down to the damaged event. */
  private async read(walk: Walk, after: number, maxCount = WALK_PAGE): Promise<ExaminedEvent[] | LogFault> {
    const { head: upTo, probe } = walk;
    try {
      return await selectExamined(this.database, this.events, { after, upTo, maxCount, probe });
    } catch (error) {
      if (isTransient(error)) throw error;
      return maxCount === 1
        ? unreadable(after, error as Error)
        : this.read(walk, after, Math.ceil(maxCount / 10));
    }
  }
}

interface Walk {
  task: VerificationTask;
  head: number;
  /** Whether every index that the walk uses exists. */
  probe: boolean;
  before: Predecessor;
  /** Digest of the log up to `before`. */
  digest: string;
  /** The latest time that an event may have. */
  latest: Date;
}

/** Faults that need no event: the log ends too early, or the digest at the start of the walk differs. */
function beforeTheWalk({ task, head }: Walk): LogFault | undefined {
  const { from = START_OF_LOG, expect = START_OF_LOG } = task;
  const last = from.position > expect.position ? from : expect;
  return last.position > head ? logShorter(head, last.position) : unexpected(from, task);
}

const unexpected = (found: LogMark, { expect, from }: VerificationTask): LogFault | undefined =>
  found.position === expect?.position && found.digest !== expect.digest
    ? digestDiffers(found, expect.digest, from?.position ?? 0)
    : undefined;

function list({ type, position }: ExaminedEvent, soFar: Verification): void {
  const types = (soFar.unknownTypes ??= []);
  const known = types.find((each) => each.type === type);
  if (known === undefined) types.push({ type, events: 1, position });
  else known.events++;
}

/** The time before the first event. */
const LONG_AGO = new Date(-8.64e15);

const unreadable = (after: number, { message }: Error): LogFault => ({
  code: 'unreadable',
  message: `The event after position ${after} cannot be read: ${message}.`,
  meaning: 'Its row, or an index on the way to it, is damaged. Every reader of it fails.',
  position: after + 1,
});

const unfound = ({ before, head }: Walk): LogFault => ({
  code: 'position-gap',
  message: `Nothing is found after position ${before.position}, though the log goes to ${head}.`,
  meaning: 'The index events_pkey is damaged, or events were removed in this moment.',
  position: before.position + 1,
});

const unguarded = (missing: string[]): LogFault => ({
  code: 'guard-missing',
  message: `All events are sound, but this is missing or switched off in the schema: ${missing.join(', ')}.`,
  meaning: 'Nothing keeps the next event from being changed, or from being recorded twice.',
});
