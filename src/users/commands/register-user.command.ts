import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ConcurrencyError, type StreamAppend, SubjectErasedError } from '../../event-sourcing/index.js';
import { EmailReservations } from '../email-reservations.js';
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
    private readonly reservations: EmailReservations,
  ) {}

  async execute({ userId, email, name, initialPreferences }: RegisterUser): Promise<UserReceipt> {
    const claim = await this.reservations.claim(email, userId);
    if (claim === undefined) throw await this.whyNot(userId);
    const register = async (alongside: StreamAppend) => {
      const user = User.register(userId, email, name, initialPreferences);
      return receiptOf(await this.users.create(user, { alongside: [alongside] }));
    };
    try {
      return await register(claim);
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw error;
      const again = await this.reservations.claimAgain(claim);
      if (again === undefined || error.streamId !== claim.streamId) throw await this.whyNot(userId);
      return register(again);
    }
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
