import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ConcurrencyError } from '../../event-sourcing/index.js';
import { reserveEmail } from '../email-reservation.js';
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
  constructor(private readonly users: UserRepository) {}

  async execute({ userId, email, name, initialPreferences }: RegisterUser): Promise<UserReceipt> {
    const user = User.register(userId, email, name, initialPreferences);
    try {
      return receiptOf(await this.users.create(user, { alongside: [reserveEmail(email, userId)] }));
    } catch (error) {
      if (!(error instanceof ConcurrencyError)) throw error;
      throw await this.whyNot(userId, email);
    }
  }

  /** When both streams exist, "already registered" is the better answer. */
  private async whyNot(userId: string, email: string): Promise<UserRefused> {
    if ((await this.users.find(userId)) !== undefined) {
      return new UserRefused('user.already-registered', `User ${userId} is registered already.`);
    }
    return new UserRefused('user.email-taken', `Another user has the e-mail address ${email}.`);
  }
}
