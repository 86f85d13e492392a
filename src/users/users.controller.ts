import { Get, Post, Put } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiOperation } from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { PastStatesBusyError, PersonalKeyLostError, SubjectErasedError } from '../event-sourcing/index.js';
import { LOCATION } from '../api/route/answer-headers.js';
import { OwnUserId } from '../api/access/actor.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ApiController } from '../api/route/api-controller.js';
import { StoredEventPage } from '../api/route/bodies.js';
import { IfMatch } from '../api/request/headers.js';
import { OF_A_NEWER_BUILD } from '../api/problem/common-problems.js';
import { InvalidRequest } from '../api/request/invalid-request.error.js';
import { AfterVersion } from '../api/request/paging.js';
import { Answers, AnswersCommand } from '../api/route/route-answers.js';
import { TakesIfMatch } from '../api/route/route-headers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { Body, Query } from '../api/request/validated.js';
import { DeactivateUser } from './commands/deactivate-user.command.js';
import { ReactivateUser } from './commands/reactivate-user.command.js';
import { RegisterUser } from './commands/register-user.command.js';
import { SubscribeToPlan } from './commands/subscribe-to-plan.command.js';
import { UpdatePreferences } from './commands/update-preferences.command.js';
import { restoreReceipt, type UserReceipt } from './commands/user-receipt.js';
import { GetUserData } from './queries/get-user-data.query.js';
import { GetUserHistory } from './queries/get-user-history.query.js';
import { GetUser } from './queries/get-user.query.js';
import { UserGone, UserInvalid, UserNotFound, UserRefused } from './user.errors.js';
import { UserBody, UserDataBody, UserReceiptBody } from './users.answers.js';
import {
  AsOfQuery,
  PreferencesBody,
  ReasonBody,
  RegisterUserBody,
  SubscribeBody,
  UserId,
} from './users.requests.js';
import { EXAMPLE_USER } from '../api/example-user.js';

const NOT_FOUND = [new UserNotFound(EXAMPLE_USER.id), new UserGone(EXAMPLE_USER.id)];
const INACTIVE = new UserRefused(
  'user.inactive',
  `User ${EXAMPLE_USER.id} is deactivated; reactivate the account first.`,
);

@ApiController('users', 'Users')
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @Allow('self-registration')
  @ApiOperation({ operationId: 'registerUser', summary: 'Register a user' })
  @AnswersCommand(201, UserReceiptBody, (outcome) => located(restoreReceipt(outcome)), LOCATION)
  @AnswersProblems(
    new InvalidRequest([{ path: 'email', message: 'email must be an e-mail address' }]),
    new UserInvalid(
      'user.invalid-id',
      'The id of a user must be a UUID, in lower case and with hyphens, and is "player".',
    ),
    new UserRefused('user.already-registered', `User ${EXAMPLE_USER.id} is registered already.`),
    new SubjectErasedError(EXAMPLE_USER.id),
    new PersonalKeyLostError([]),
    new UserRefused('user.email-taken', 'Another user has this e-mail address.'),
    ...OF_A_NEWER_BUILD,
  )
  async register(@Body() body: RegisterUserBody, @OwnUserId() ownId?: string) {
    const { userId = ownId ?? randomUUID(), email, name, initialPreferences } = body;
    return located(await this.commands.execute(new RegisterUser(userId, email, name, initialPreferences)));
  }

  @Post(':userId/subscription')
  @Allow('self')
  @ApiOperation({ operationId: 'subscribeToPlan', summary: 'Subscribe a user to a plan' })
  @AnswersCommand(200, UserReceiptBody, restoreReceipt)
  @TakesIfMatch()
  @AnswersProblems(
    ...NOT_FOUND,
    INACTIVE,
    new UserInvalid(
      'user.invalid-payment-method',
      'paymentMethod must be the token that a payment provider gave for a card or an account, never its number.',
    ),
    new UserRefused('user.already-on-plan', `User ${EXAMPLE_USER.id} is on plan "premium" already.`),
    ...OF_A_NEWER_BUILD,
  )
  subscribe(@UserId() userId: string, @Body() body: SubscribeBody, @IfMatch() version?: number) {
    return this.commands.execute(new SubscribeToPlan(userId, body.plan, body.paymentMethod, version));
  }

  @Put(':userId/preferences')
  @Allow('self')
  @ApiOperation({
    operationId: 'updatePreferences',
    summary: 'Replace the preferences of a user',
    description: 'The same set in another order changes nothing.',
  })
  @AnswersCommand(200, UserReceiptBody, restoreReceipt)
  @TakesIfMatch()
  @AnswersProblems(...NOT_FOUND, INACTIVE, ...OF_A_NEWER_BUILD)
  updatePreferences(@UserId() userId: string, @Body() body: PreferencesBody, @IfMatch() version?: number) {
    return this.commands.execute(new UpdatePreferences(userId, body.preferences, version));
  }

  @Post(':userId/deactivation')
  @Allow('self')
  @ApiOperation({ operationId: 'deactivateUser', summary: 'Deactivate the account of a user' })
  @AnswersCommand(200, UserReceiptBody, restoreReceipt)
  @TakesIfMatch()
  @ApiBody({ type: ReasonBody, required: false })
  @AnswersProblems(
    ...NOT_FOUND,
    new UserRefused('user.already-inactive', `User ${EXAMPLE_USER.id} is deactivated already.`),
    ...OF_A_NEWER_BUILD,
  )
  deactivate(@UserId() userId: string, @Body() body: ReasonBody, @IfMatch() version?: number) {
    return this.commands.execute(new DeactivateUser(userId, body.reason, version));
  }

  @Post(':userId/reactivation')
  @Allow('self')
  @ApiOperation({ operationId: 'reactivateUser', summary: 'Reactivate the account of a user' })
  @AnswersCommand(200, UserReceiptBody, restoreReceipt)
  @TakesIfMatch()
  @ApiBody({ type: ReasonBody, required: false })
  @AnswersProblems(
    ...NOT_FOUND,
    new UserRefused('user.already-active', `User ${EXAMPLE_USER.id} is active already.`),
    ...OF_A_NEWER_BUILD,
  )
  reactivate(@UserId() userId: string, @Body() body: ReasonBody, @IfMatch() version?: number) {
    return this.commands.execute(new ReactivateUser(userId, body.reason, version));
  }

  @Get(':userId/data')
  @Allow('self')
  @ApiOperation({
    operationId: 'getUserData',
    summary: 'All that is kept about a user',
    description:
      'The events that name the user, and the rows of read models. It looks through the whole log.',
  })
  @Answers(200, UserDataBody)
  @AnswersProblems(...NOT_FOUND, ...OF_A_NEWER_BUILD)
  data(@UserId() userId: string) {
    return this.queries.execute(new GetUserData(userId));
  }

  @Get(':userId')
  @Allow('self')
  @ApiOperation({
    operationId: 'getUser',
    summary: 'The state of a user: now, at a version, or at an instant',
    description: 'The state is made from the events, so it does not wait for a read model.',
  })
  @Answers(200, UserBody)
  @AnswersProblems(...NOT_FOUND, ...OF_A_NEWER_BUILD, new PastStatesBusyError(50))
  get(@UserId() userId: string, @Query() { version, at }: AsOfQuery) {
    return this.queries.execute(
      new GetUser(userId, { version, at: at === undefined ? undefined : new Date(at) }),
    );
  }

  @Get(':userId/history')
  @Allow('self')
  @ApiOperation({ operationId: 'getUserHistory', summary: 'The events of a user, oldest first' })
  @Answers(200, StoredEventPage)
  @AnswersProblems(...NOT_FOUND)
  history(@UserId() userId: string, @Query() { after, limit }: AfterVersion) {
    return this.queries.execute(new GetUserHistory(userId, after, limit));
  }
}

/** Returns the receipt itself, not a copy: the position may become known later. */
const located = (receipt: UserReceipt) => Object.assign(receipt, { location: receipt.userId });
