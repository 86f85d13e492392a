import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { canonicalUuid } from '../../event-sourcing/for-service.js';
import { ErasureService } from '../../event-sourcing/index.js';
import type { User, UserState } from '../user.js';
import { UserGone, UserNotFound } from '../user.errors.js';
import { UserRepository } from '../user.repository.js';

/** The state of a user, now or in the past. */
export type UserView = { userId: string; version: number } & Readonly<Omit<UserState, 'isErased'>>;

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
  constructor(
    private readonly users: UserRepository,
    private readonly erasures: ErasureService,
  ) {}

  async execute({ userId, asOf }: GetUser): Promise<UserView> {
    const user = await this.load(userId, asOf);
    if (user === undefined) throw new UserNotFound(userId, describe(asOf));
    const { isErased: _, ...state } = user.state;
    return { userId, ...state, version: user.version };
  }

  /** @throws UserGone also for the states that an erased user had */
  private async load(userId: string, { version, at }: GetUser['asOf']): Promise<User | undefined> {
    if (version === undefined && at === undefined) {
      const user = await this.users.find(userId);
      user?.mustExist();
      return user;
    }
    // The fence tells it without a fold of what the user is now.
    if (canonicalUuid(userId) !== undefined && (await this.erasures.isErased(userId)))
      throw new UserGone(userId);
    return version === undefined ? this.users.findAt(userId, at!) : this.users.findAtVersion(userId, version);
  }
}

function describe({ version, at }: GetUser['asOf']): string {
  if (version !== undefined) return `at version ${version}`;
  return at === undefined ? '' : `at ${at.toISOString()}`;
}
