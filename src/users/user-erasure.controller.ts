import { Delete } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { Allow } from '../api/access/allow.decorator.js';
import { EXAMPLE_USER } from '../api/example-user.js';
import { OF_A_NEWER_BUILD } from '../api/problem/common-problems.js';
import { Body } from '../api/request/validated.js';
import { ApiController } from '../api/route/api-controller.js';
import { AnswersErasure } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { EraseUser } from './commands/erase-user.command.js';
import { UserGone, UserNotFound } from './user.errors.js';
import { ReasonBody, UserId } from './users.requests.js';

const NOT_FOUND = [new UserNotFound(EXAMPLE_USER.id), new UserGone(EXAMPLE_USER.id)];

/** Apart from the commands on accounts, since whoever tries the routes from the top to the bottom comes to it last. */
@ApiController('users', 'Privacy')
export class UserErasureController {
  constructor(private readonly commands: CommandBus) {}

  @Delete(':userId')
  @Allow('self')
  @ApiOperation({
    operationId: 'eraseUser',
    summary: 'Forget a user',
    description:
      'Nothing personal of the user is stored from now on, and what is stored is made unreadable, dropped or emptied, ' +
      'soon after the answer. The address is free again, and the id is not.',
  })
  @AnswersErasure()
  @ApiBody({ type: ReasonBody, required: false })
  @AnswersProblems(...NOT_FOUND, ...OF_A_NEWER_BUILD)
  erase(@UserId() userId: string, @Body() body: ReasonBody) {
    return this.commands.execute(new EraseUser(userId, body.reason));
  }
}
