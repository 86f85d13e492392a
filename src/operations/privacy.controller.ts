import { Get, Post, UseInterceptors } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { PersonalViews } from '../event-sourcing/for-service.js';
import { ErasureNotFoundError, ErasureReports, ErasureService } from '../event-sourcing/index.js';
import { OwnUserId } from '../api/access/actor.js';
import { Allow } from '../api/access/allow.decorator.js';
import { ActorInterceptor } from '../api/host/actor.interceptor.js';
import { PathUuid } from '../api/request/path-uuid.js';
import { Body } from '../api/request/validated.js';
import { ApiController } from '../api/route/api-controller.js';
import { Answers } from '../api/route/route-answers.js';
import { AnswersProblems } from '../api/route/route-problems.js';
import { ErasureBody } from './erasure-bodies.js';
import { PersonalViewBody, PersonalViewRequest } from './personal-view-bodies.js';

const EXAMPLE_ID = '5f0f2c1e-2a5b-4f57-9a32-2f1f0a3f6b1d';
const ErasureId = () => PathUuid('erasureId', EXAMPLE_ID);

/** What became of the erasure of a person, and who looks at personal data. */
@ApiController('privacy', 'Privacy')
export class PrivacyController {
  constructor(
    private readonly erasures: ErasureService,
    private readonly reports: ErasureReports,
    private readonly views: PersonalViews,
  ) {}

  @Get('erasures/:erasureId')
  @Allow('authenticated')
  @ApiOperation({
    operationId: 'getErasure',
    summary: 'The report about the erasure of a person',
    description:
      'For administrators, and for the person: others get 404. The id is that of the answer to the erasure.',
  })
  @Answers(200, ErasureBody)
  @AnswersProblems(new ErasureNotFoundError(EXAMPLE_ID))
  async get(@ErasureId() id: string, @OwnUserId() ownId?: string): Promise<ErasureBody> {
    const erasure = await this.erasures.get(id);
    if (ownId !== undefined && ownId !== erasure.subject) throw new ErasureNotFoundError(id);
    return this.reports.of(erasure);
  }

  @Post('views')
  @Allow('admin')
  @UseInterceptors(ActorInterceptor)
  @ApiOperation({
    operationId: 'seePersonalData',
    summary: 'Say why you look at personal data',
    description:
      'The log of operations keeps who and why. The console asks for it before it shows personal values: until then it ' +
      'sends `Personal-Data: masked` with each request.',
  })
  @Answers(200, PersonalViewBody)
  async see(@Body() { reason }: PersonalViewRequest): Promise<PersonalViewBody> {
    await this.views.record(reason);
    return { reason };
  }
}
