import { DomainEvent } from '../../../src/event-sourcing/index.js';

export class CopyAcquired extends DomainEvent<'copy.acquired', { copyId: string; title: string }> {
  static readonly type = 'copy.acquired';
  readonly type = CopyAcquired.type;
}

export class CopyLent extends DomainEvent<'copy.lent', { copyId: string; memberId: string; branch: string }> {
  static readonly type = 'copy.lent';
  static override readonly schemaVersion = 2;
  static override readonly upcasters = {
    // Version 1 had no branches: there was one house.
    1: (data: { copyId: string; memberId: string }) => ({ ...data, branch: 'main' }),
  };
  readonly type = CopyLent.type;
}

export class CopyReturned extends DomainEvent<'copy.returned', { copyId: string; memberId: string }> {
  static readonly type = 'copy.returned';
  readonly type = CopyReturned.type;
}

export class CopyLost extends DomainEvent<'copy.lost', { copyId: string; memberId: string }> {
  static readonly type = 'copy.lost';
  readonly type = CopyLost.type;
}

export const COPY_EVENTS = [CopyAcquired, CopyLent, CopyReturned, CopyLost] as const;

export type CopyEvent = InstanceType<(typeof COPY_EVENTS)[number]>;
