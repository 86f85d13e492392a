import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  ConcurrencyError,
  EventStore,
  type StreamAppend,
  SubjectErasedError,
} from '../../event-sourcing/index.js';
import { reserveEmail } from '../email-reservation.js';
import { EmailReleased } from '../user.events.js';
import { UserRefused } from '../user.errors.js';
import { UserRepository } from '../user.repository.js';
import { User } from '../user.js';
import { type UserReceipt, receiptOf } from './user-receipt.js';

export class RegisterUser extends Command<UserReceipt> {
  constructor(
    readonly userId: string,
    readonly email: string,
    readonly name: string,
    readonly initialPreferences: string[],
  ) {
    super();
  }
}

@CommandHandler(RegisterUser)
export class RegisterUserHandler implements ICommandHandler<RegisterUser> {
  constructor(
    private readonly users: UserRepository,
    private readonly store: EventStore,
  ) {}

  async execute({ userId, email, name, initialPreferences }: RegisterUser): Promise<UserReceipt> {
    const reservation = reserveEmail(email, userId);
    const register = async (alongside: StreamAppend) => {
      const user = User.register(userId, email, name, initialPreferences);
      return receiptOf(await this.users.create(user, { alongside: [alongside] }));
    };
    try {
      return await register(reservation);
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw error;
      const released = await this.releasedAt(reservation.streamId);
      if (released === undefined || error.streamId !== reservation.streamId) {
        throw await this.whyNot(userId);
      }
      return register({ ...reservation, expectedVersion: released });
    }
  }

  /** The version of the stream of an address that was given back; undefined when it has an owner. */
  private async releasedAt(streamId: string): Promise<number | undefined> {
    const [last] = await this.store.readStream(streamId, { direction: 'backwards', maxCount: 1 });
    return last?.type === EmailReleased.type ? last.version : undefined;
  }

  /** When both streams exist, "already registered" is the better answer. */
  private async whyNot(userId: string): Promise<UserRefused | SubjectErasedError> {
    const user = await this.users.find(userId);
    if (user?.state.isErased) return new SubjectErasedError(userId);
    if (user !== undefined) {
      return new UserRefused('user.already-registered', `User ${userId} is registered already.`);
    }
    // Without the address: the answer is kept under an Idempotency-Key, and the address belongs to somebody else.
    return new UserRefused('user.email-taken', 'Another user has this e-mail address.');
  }
}
