import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { User, UserState } from '../user.js';
import { UserNotFound } from '../user.errors.js';
import { UserRepository } from '../user.repository.js';

/** The state of a user, now or in the past. */
export type UserView = { userId: string; version: number } & Readonly<UserState>;

/** The state of the aggregate: now, after its first `version` events, or at an instant. */
export class GetUser extends Query<UserView> {
  constructor(
    readonly userId: string,
    readonly asOf: { version?: number | undefined; at?: Date | undefined } = {},
  ) {
    super();
  }
}

@QueryHandler(GetUser)
export class GetUserHandler implements IQueryHandler<GetUser> {
  constructor(private readonly users: UserRepository) {}

  async execute({ userId, asOf }: GetUser): Promise<UserView> {
    const user = await this.load(userId, asOf);
    if (user === undefined) throw new UserNotFound(userId, describe(asOf));
    return { userId, ...user.state, version: user.version };
  }

  private load(userId: string, { version, at }: GetUser['asOf']): Promise<User | undefined> {
    if (version !== undefined) return this.users.findAtVersion(userId, version);
    if (at !== undefined) return this.users.findAt(userId, at);
    return this.users.find(userId);
  }
}

function describe({ version, at }: GetUser['asOf']): string {
  if (version !== undefined) return `at version ${version}`;
  return at === undefined ? '' : `at ${at.toISOString()}`;
}
