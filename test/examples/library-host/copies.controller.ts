import { Body, Controller, HttpCode, Param, Post, UseFilters, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  Allow,
  type CallOutcome,
  EventfoldAccessGuard,
  Idempotent,
  IfMatch,
  ProblemFilter,
} from '../../../src/api/index.js';
import { CopyRepository } from '../library/copy.repository.js';
import { LendCopy } from '../library/lend-copy.command.js';

/** Makes the first answer again, from the event that the command appended. */
const answerOf = ({ events }: CallOutcome) => {
  const { version, position } = events.at(-1)!;
  return { version, position };
};

@Controller()
@UseFilters(ProblemFilter)
@UseGuards(EventfoldAccessGuard)
export class CopiesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly copies: CopyRepository,
  ) {}

  @Post('copies/:copyId/loan')
  @Allow('authenticated')
  @Idempotent(answerOf)
  lend(@Param('copyId') copyId: string, @Body() body: { memberId: string; branch: string }) {
    return this.commands.execute(new LendCopy(copyId, body.memberId, body.branch));
  }

  @Post('copies/:copyId/return')
  @HttpCode(200)
  @Allow('authenticated')
  async giveBack(@Param('copyId') copyId: string, @IfMatch() expectedVersion?: number) {
    const copy = await this.copies.update(copyId, (each) => each.giveBack(), { expectedVersion });
    return { version: copy.version, position: copy.position };
  }
}
