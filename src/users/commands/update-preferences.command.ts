import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { UserRepository } from '../user.repository.js';
import { type UserReceipt, receiptOf } from './user-receipt.js';

export class UpdatePreferences extends Command<UserReceipt> {
  constructor(
    readonly userId: string,
    readonly preferences: string[],
    readonly expectedVersion?: number,
  ) {
    super();
  }
}

@CommandHandler(UpdatePreferences)
export class UpdatePreferencesHandler implements ICommandHandler<UpdatePreferences> {
  constructor(private readonly users: UserRepository) {}

  async execute({ userId, preferences, expectedVersion }: UpdatePreferences): Promise<UserReceipt> {
    return receiptOf(
      await this.users.update(userId, (user) => user.updatePreferences(preferences), { expectedVersion }),
    );
  }
}
