import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type DataOfSubject, PersonalData } from '../../event-sourcing/index.js';
import { UserNotFound } from '../user.errors.js';
import { UserRepository } from '../user.repository.js';

export type UserData = { userId: string } & Omit<DataOfSubject, 'subject'>;

/** All that is kept about a user: events and rows. */
export class GetUserData extends Query<UserData> {
  constructor(readonly userId: string) {
    super();
  }
}

@QueryHandler(GetUserData)
export class GetUserDataHandler implements IQueryHandler<GetUserData> {
  constructor(
    private readonly users: UserRepository,
    private readonly data: PersonalData,
  ) {}

  async execute({ userId }: GetUserData): Promise<UserData> {
    const user = await this.users.find(userId);
    if (user === undefined) throw new UserNotFound(userId);
    user.mustExist();
    const { events, rows } = await this.data.of(userId);
    return { userId, events, rows };
  }
}
