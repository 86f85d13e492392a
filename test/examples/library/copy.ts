import { AggregateRoot, type Evolve } from '../../../src/event-sourcing/index.js';
import { CopyRefused } from './copy.errors.js';
import {
  COPY_EVENTS,
  CopyAcquired,
  type CopyEvent,
  CopyLent,
  CopyLost,
  CopyReturned,
} from './copy.events.js';

export interface CopyState {
  title: string;
  /** The member who has the copy; null when it is on the shelf. */
  lentTo: string | null;
  isLost: boolean;
}

/** One copy of a book: it is on the shelf, with a member, or lost. */
export class Copy extends AggregateRoot<CopyState, CopyEvent> {
  static readonly stream = 'copy';
  static readonly events = COPY_EVENTS;
  static readonly snapshotRevision = 1;

  protected readonly initialState: CopyState = { title: '', lentTo: null, isLost: false };

  static acquire(copyId: string, title: string): Copy {
    const copy = new Copy(copyId);
    copy.raise(new CopyAcquired({ copyId, title }));
    return copy;
  }

  lendTo(memberId: string, branch: string): void {
    if (this.state.isLost) throw new CopyRefused('copy.is-lost', `Copy ${this.id} is lost.`);
    if (this.state.lentTo !== null) throw new CopyRefused('copy.is-lent', `Copy ${this.id} is lent.`);
    this.raise(new CopyLent({ copyId: this.id, memberId, branch }));
  }

  giveBack(): void {
    this.raise(new CopyReturned({ copyId: this.id, memberId: this.borrower() }));
  }

  reportLost(): void {
    this.raise(new CopyLost({ copyId: this.id, memberId: this.borrower() }));
  }

  private borrower(): string {
    if (this.state.lentTo === null) {
      throw new CopyRefused('copy.is-not-lent', `Nobody has copy ${this.id}.`);
    }
    return this.state.lentTo;
  }

  protected readonly evolve: Evolve<CopyState, CopyEvent> = {
    'copy.acquired': (state, { data }) => ({ ...state, title: data.title }),
    'copy.lent': (state, { data }) => ({ ...state, lentTo: data.memberId }),
    'copy.returned': (state) => ({ ...state, lentTo: null }),
    'copy.lost': (state) => ({ ...state, lentTo: null, isLost: true }),
  };
}
