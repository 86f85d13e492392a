import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { ErasureService } from '../../event-sourcing/index.js';
import { UserNotFound } from '../user.errors.js';
import { UserRepository } from '../user.repository.js';

/** How long the answer waits for the steps of an erasure, in ms. Nearly always they are done by then. */
const STEPS_WITHIN_MS = 1_000;

/** Forgets a person. The erasure goes on after the answer; see `ErasureService`. */
export class EraseUser extends Command<{ erasureId: string }> {
  constructor(
    readonly userId: string,
    readonly reason?: string,
  ) {
    super();
  }
}

@CommandHandler(EraseUser)
export class EraseUserHandler implements ICommandHandler<EraseUser> {
  constructor(
    private readonly users: UserRepository,
    private readonly erasures: ErasureService,
  ) {}

  /** @throws UserNotFound, and UserGone for one who is erased already */
  async execute({ userId, reason }: EraseUser): Promise<{ erasureId: string }> {
    const user = await this.users.find(userId);
    if (user === undefined) throw new UserNotFound(userId);
    user.mustExist();
    const { id } = await this.erasures.request(userId, { reason });
    await this.erasures.settled(id, STEPS_WITHIN_MS);
    return { erasureId: id };
  }
}
