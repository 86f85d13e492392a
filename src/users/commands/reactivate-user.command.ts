import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { UserRepository } from '../user.repository.js';
import { type UserReceipt, receiptOf } from './user-receipt.js';

export class ReactivateUser extends Command<UserReceipt> {
  constructor(
    readonly userId: string,
    readonly reason: string | undefined,
    readonly expectedVersion?: number,
  ) {
    super();
  }
}

@CommandHandler(ReactivateUser)
export class ReactivateUserHandler implements ICommandHandler<ReactivateUser> {
  constructor(private readonly users: UserRepository) {}

  async execute({ userId, reason, expectedVersion }: ReactivateUser): Promise<UserReceipt> {
    return receiptOf(await this.users.update(userId, (user) => user.reactivate(reason), { expectedVersion }));
  }
}
