import { Body, Get, Param, Post, Put, Query } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBody, ApiCreatedResponse, ApiOkResponse } from '@nestjs/swagger';
import { randomUUID } from 'node:crypto';
import { AnswersCommand, ApiController, TakesIfMatch } from '../http/api-controller.js';
import { StoredEventPage } from '../http/bodies.js';
import { IfMatch } from '../http/headers.js';
import { AfterVersion } from '../http/paging.js';
import { DeactivateUser } from './commands/deactivate-user.command.js';
import { ReactivateUser } from './commands/reactivate-user.command.js';
import { RegisterUser } from './commands/register-user.command.js';
import { SubscribeToPlan } from './commands/subscribe-to-plan.command.js';
import { UpdatePreferences } from './commands/update-preferences.command.js';
import { restoreReceipt, type UserReceipt } from './commands/user-receipt.js';
import { GetUserHistory } from './queries/get-user-history.query.js';
import { GetUser } from './queries/get-user.query.js';
import { UserBody, UserReceiptBody } from './users.answers.js';
import {
  AsOfQuery,
  PreferencesBody,
  ReasonBody,
  RegisterUserBody,
  SubscribeBody,
  UserIdParam,
} from './users.requests.js';

@ApiController('users', 'Users')
export class UsersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @AnswersCommand(201, (outcome) => located(restoreReceipt(outcome)))
  @ApiCreatedResponse({ type: UserReceiptBody, headers: { Location: { schema: { type: 'string' } } } })
  async register(@Body() body: RegisterUserBody) {
    const { userId = randomUUID(), email, name, initialPreferences } = body;
    return located(await this.commands.execute(new RegisterUser(userId, email, name, initialPreferences)));
  }

  @Post(':userId/subscription')
  @AnswersCommand(200, restoreReceipt)
  @TakesIfMatch()
  @ApiOkResponse({ type: UserReceiptBody })
  subscribe(@Param() { userId }: UserIdParam, @Body() body: SubscribeBody, @IfMatch() version?: number) {
    return this.commands.execute(new SubscribeToPlan(userId, body.plan, body.paymentMethod, version));
  }

  @Put(':userId/preferences')
  @AnswersCommand(200, restoreReceipt)
  @TakesIfMatch()
  @ApiOkResponse({ type: UserReceiptBody })
  updatePreferences(
    @Param() { userId }: UserIdParam,
    @Body() body: PreferencesBody,
    @IfMatch() version?: number,
  ) {
    return this.commands.execute(new UpdatePreferences(userId, body.preferences, version));
  }

  @Post(':userId/deactivation')
  @AnswersCommand(200, restoreReceipt)
  @TakesIfMatch()
  @ApiBody({ type: ReasonBody, required: false })
  @ApiOkResponse({ type: UserReceiptBody })
  deactivate(@Param() { userId }: UserIdParam, @Body() body: ReasonBody, @IfMatch() version?: number) {
    return this.commands.execute(new DeactivateUser(userId, body.reason, version));
  }

  @Post(':userId/reactivation')
  @AnswersCommand(200, restoreReceipt)
  @TakesIfMatch()
  @ApiBody({ type: ReasonBody, required: false })
  @ApiOkResponse({ type: UserReceiptBody })
  reactivate(@Param() { userId }: UserIdParam, @Body() body: ReasonBody, @IfMatch() version?: number) {
    return this.commands.execute(new ReactivateUser(userId, body.reason, version));
  }

  @Get(':userId')
  @ApiOkResponse({ type: UserBody })
  get(@Param() { userId }: UserIdParam, @Query() { version, at }: AsOfQuery) {
    return this.queries.execute(
      new GetUser(userId, { version, at: at === undefined ? undefined : new Date(at) }),
    );
  }

  @Get(':userId/history')
  @ApiOkResponse({ type: StoredEventPage })
  history(@Param() { userId }: UserIdParam, @Query() { after, limit }: AfterVersion) {
    return this.queries.execute(new GetUserHistory(userId, after, limit));
  }
}

const located = (receipt: UserReceipt) => ({ ...receipt, location: `/users/${receipt.userId}` });
