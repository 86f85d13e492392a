import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { LogSealer, LogSeals, SubjectKeys } from '../event-sourcing/for-service.js';
import { EventStore, type StoredEvent, type StreamAppend } from '../event-sourcing/index.js';
import { emailStream, formerEmailStream, releaseEmail, reserveEmail } from './email-reservation.js';
import { EmailReleased, EmailReserved, UserRegistered, type UserRegisteredData } from './user.events.js';

/** The name of the secret that names the streams of addresses. */
export const ADDRESS_SECRET = 'email-addresses';

/** Which user has which e-mail address. */
@Injectable()
export class EmailReservations implements OnModuleInit {
  constructor(
    private readonly keys: SubjectKeys,
    private readonly seals: LogSeals,
    private readonly store: EventStore,
    private readonly sealer: LogSealer,
  ) {}

  /** When the log is sealed, the streams of addresses get their names of today. */
  onModuleInit(): void {
    this.sealer.moveBy(UserRegistered.type, async ({ data }) => {
      const { email } = data as UserRegisteredData;
      return [[formerEmailStream(email), emailStream(email, await this.keys.secret(ADDRESS_SECRET))]];
    });
  }

  /** The append that claims an address. Undefined when the address is taken in a log of before keys. */
  async claim(email: string, userId: string): Promise<StreamAppend | undefined> {
    const [streamId, former] = await this.streamsOf(email);
    if (former !== undefined && isTaken(await this.last(former))) return undefined;
    return reserveEmail(streamId, userId);
  }

  /** The same append for an address that was given back; undefined when it has an owner. */
  async claimAgain(claim: StreamAppend): Promise<StreamAppend | undefined> {
    const last = await this.last(claim.streamId);
    return last?.type === EmailReleased.type ? { ...claim, expectedVersion: last.version } : undefined;
  }

  /** The appends that give a user's address back; none when it is not the user's any more. */
  async release(email: string, userId: string, manager: EntityManager): Promise<StreamAppend[]> {
    const releases: StreamAppend[] = [];
    for (const streamId of await this.streamsOf(email)) {
      const last = streamId === undefined ? undefined : await this.last(streamId, manager);
      if (!isTaken(last) || (last!.data as { userId: string }).userId !== userId) continue;
      releases.push(releaseEmail(last!.streamId, userId, last!.version));
    }
    return releases;
  }

  /** The stream of an address, and the one that it has in a log that is not sealed yet. */
  private async streamsOf(email: string): Promise<[streamId: string, former: string | undefined]> {
    const secret = await this.keys.secret(ADDRESS_SECRET);
    return [emailStream(email, secret), this.seals.isSealed ? undefined : formerEmailStream(email)];
  }

  private async last(streamId: string, manager?: EntityManager): Promise<StoredEvent | undefined> {
    const options = { direction: 'backwards', maxCount: 1 } as const;
    return (await this.store.readStream(streamId, options, manager))[0];
  }
}

const isTaken = (last: StoredEvent | undefined): boolean => last?.type === EmailReserved.type;
