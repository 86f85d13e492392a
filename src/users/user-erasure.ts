import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ErasureToRecord, ErasureService } from '../event-sourcing/index.js';
import { IdempotencyKeys } from '../event-sourcing/for-service.js';
import { EmailReservations } from './email-reservations.js';
import { UserRepository } from './user.repository.js';

/** Records the erasure of a user in its stream, and gives its address back, whoever asks for the erasure. */
@Injectable()
export class UserErasure implements OnModuleInit, OnModuleDestroy {
  private end: () => void = () => undefined;

  constructor(
    private readonly erasures: ErasureService,
    private readonly users: UserRepository,
    private readonly reservations: EmailReservations,
    private readonly keys: IdempotencyKeys,
  ) {}

  onModuleInit(): void {
    this.end = this.erasures.recordBy((erasure, manager) => this.record(erasure, manager));
  }

  onModuleDestroy(): void {
    this.end();
  }

  private async record(erasure: ErasureToRecord, manager: EntityManager): Promise<void> {
    const user = await this.users.find(erasure.subject, manager);
    if (user === undefined || user.state.isErased) return;
    const alongside = await this.reservations.release(user.state.email, user.id, manager);
    this.keys.keep({ erasureId: erasure.id });
    await this.users.update(user.id, (each) => each.erase(erasure), { manager, at: 'call', alongside });
  }
}
