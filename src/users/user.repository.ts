import { Injectable } from '@nestjs/common';
import { EventSourcedRepository } from '../event-sourcing/index.js';
import { User } from './user.js';
import { UserNotFound } from './user.errors.js';

@Injectable()
export class UserRepository extends EventSourcedRepository<User> {
  protected readonly aggregateClass = User;

  protected override notFound(userId: string): never {
    throw new UserNotFound(userId);
  }
}
