import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { type ErasureToRecord, ErasureService, EventStore, type StreamAppend } from '../event-sourcing/index.js';
import { IdempotencyKeys } from '../event-sourcing/for-service.js';
import { releaseEmail, reserveEmail } from './email-reservation.js';
import { EmailReserved } from './user.events.js';
import { UserRepository } from './user.repository.js';

/** Records the erasure of a user in its stream, and gives its address back, whoever asks for the erasure. */
@Injectable()
export class UserErasure implements OnModuleInit, OnModuleDestroy {
  private end: () => void = () => undefined;

  constructor(
    private readonly erasures: ErasureService,
    private readonly users: UserRepository,
    private readonly store: EventStore,
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
    const alongside = await this.releases(user.id, user.state.email, manager);
    this.keys.keep({ erasureId: erasure.id });
    await this.users.update(user.id, (each) => each.erase(erasure), { manager, at: 'call', alongside });
  }

  /** Nothing when the address is not the user's any more. */
  private async releases(userId: string, email: string, manager: EntityManager): Promise<StreamAppend[]> {
    const { streamId } = reserveEmail(email, userId);
    const [last] = await this.store.readStream(streamId, { direction: 'backwards', maxCount: 1 }, manager);
    const isOwn = last?.type === EmailReserved.type && (last.data as { userId: string }).userId === userId;
    return isOwn ? [releaseEmail(streamId, userId, last.version)] : [];
  }
}
