import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { UserRepository } from '../user.repository.js';
import { type UserReceipt, receiptOf } from './user-receipt.js';

export class DeactivateUser extends Command<UserReceipt> {
  constructor(
    readonly userId: string,
    readonly reason: string | undefined,
    readonly expectedVersion?: number,
  ) {
    super();
  }
}

@CommandHandler(DeactivateUser)
export class DeactivateUserHandler implements ICommandHandler<DeactivateUser> {
  constructor(private readonly users: UserRepository) {}

  async execute({ userId, reason, expectedVersion }: DeactivateUser): Promise<UserReceipt> {
    return receiptOf(await this.users.update(userId, (user) => user.deactivate(reason), { expectedVersion }));
  }
}
