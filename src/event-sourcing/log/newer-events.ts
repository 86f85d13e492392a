import { Injectable } from '@nestjs/common';
import { AsyncLocalStorage } from 'node:async_hooks';
import { ResolvedOptions } from '../options.js';
import { PreparedQueries } from '../postgres/prepared-queries.js';

/** The most questions of one statement. */
const MOST_QUESTIONS = 1_000;

interface Question {
  streamId: string;
  after: number;
  resolve: (areThere: boolean) => void;
  reject: (error: unknown) => void;
}

/**
 * Tells whether streams have newer events, for many callers in one statement: the counterpart of the group commit.
 * Commands that change nothing append nothing, but each must know that it was decided on the current state. Questions
 * that arrive while a statement runs leave together in the next one, so each answer is of a moment after its question.
 * A single question leaves at once.
 */
@Injectable()
export class NewerEvents {
  private readonly sql: string;
  private waiting: Question[] = [];
  private isAsking = false;
  /** Runs what is done for several callers: outside of the context of any of them. */
  private readonly forAll = AsyncLocalStorage.snapshot();

  constructor(
    private readonly queries: PreparedQueries,
    options: ResolvedOptions,
  ) {
    // The versions of a stream are contiguous: the next one is there when any newer one is.
    this.sql = `
      select nth::int from unnest($1::text[], $2::int[]) with ordinality as newer_than(stream_id, version, nth)
       where exists (select from ${options.qualified('events')} e
                      where e.stream_id = newer_than.stream_id and e.stream_version = newer_than.version + 1)`;
  }

  /** Whether the stream has events after this version. @throws what `pg` throws */
  areThere(streamId: string, after: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ streamId, after, resolve, reject });
      if (!this.isAsking) this.forAll(() => void this.ask());
    });
  }

  private async ask(): Promise<void> {
    this.isAsking = true;
    while (this.waiting.length > 0) await this.answer(this.waiting.splice(0, MOST_QUESTIONS));
    this.isAsking = false;
  }

  private async answer(questions: readonly Question[]): Promise<void> {
    try {
      const asked = [questions.map(({ streamId }) => streamId), questions.map(({ after }) => after)];
      const newer = new Set(
        (await this.queries.query<{ nth: number }>(this.sql, asked)).map(({ nth }) => nth),
      );
      questions.forEach(({ resolve }, index) => resolve(newer.has(index + 1)));
    } catch (error) {
      for (const { reject } of questions) reject(error);
    }
  }
}
