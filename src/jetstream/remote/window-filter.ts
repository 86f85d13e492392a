import { type LogWindow, partitionOfKey, toKey } from '../../event-sourcing/for-service.js';
import type { StoredEvent } from '../../event-sourcing/index.js';
import { type SubjectLayout, subjectOf } from '../message/subject.js';

/** Tells which messages of a stream belong to a window; most of the others need not be parsed. */
export class WindowFilter {
  private readonly types: ReadonlySet<string> | undefined;
  private readonly typeAt: number;
  private readonly subjects: RegExp;

  constructor(
    layout: SubjectLayout,
    private readonly window: Pick<LogWindow, 'types' | 'part'>,
  ) {
    const start = subjectOf(layout, { streamId: '', type: '' }).length;
    this.typeAt = start;
    this.subjects = new RegExp(String.raw`^${layout.prefix.replaceAll('.', String.raw`\.`)}\.\d\d\.`);
    const typeIn = (type: string) => subjectOf(layout, { streamId: '', type }).slice(start);
    this.types = window.types.length === 0 ? undefined : new Set(window.types.map(typeIn));
  }

  /** Whether a subject is one of the layout. Behind a transformation of subjects, no type would be found. */
  knows(subject: string): boolean {
    return this.subjects.test(subject);
  }

  mayHave(subject: string): boolean {
    return this.types === undefined || this.types.has(subject.slice(this.typeAt));
  }

  /** In the partition, whose hash is this process's own: the database knows the events by their checkpoints alone. */
  has(event: StoredEvent): boolean {
    const { part } = this.window;
    if (part === undefined) return true;
    const value = (event.data as Record<string, unknown>)[part.property];
    return partitionOfKey(toKey(value) ?? event.streamId, part.partitions) === part.partition;
  }
}
