import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Plan } from '../user.events.js';
import { UserRepository } from '../user.repository.js';
import { type UserReceipt, receiptOf } from './user-receipt.js';

export class SubscribeToPlan extends Command<UserReceipt> {
  constructor(
    readonly userId: string,
    readonly plan: Plan,
    readonly paymentMethod: string,
    readonly expectedVersion?: number,
  ) {
    super();
  }
}

@CommandHandler(SubscribeToPlan)
export class SubscribeToPlanHandler implements ICommandHandler<SubscribeToPlan> {
  constructor(private readonly users: UserRepository) {}

  async execute({ userId, plan, paymentMethod, expectedVersion }: SubscribeToPlan): Promise<UserReceipt> {
    return receiptOf(
      await this.users.update(userId, (user) => user.subscribeToPlan(plan, paymentMethod), {
        expectedVersion,
      }),
    );
  }
}
