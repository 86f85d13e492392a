import {
  applyDecorators,
  type CallHandler,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { map, type Observable } from 'rxjs';
import { isPersonalDataMasked } from '../api/request/headers.js';
import { PersonalViews } from '../event-sourcing/for-service.js';

/** Masks the answer when the request asks for that. A feed masks its events itself, by `Masked`. */
@Injectable()
class PersonalDataInterceptor implements NestInterceptor {
  constructor(private readonly views: PersonalViews) {}

  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (execution.getType() !== 'http' || !isPersonalDataMasked(execution)) return next.handle();
    return next
      .handle()
      .pipe(
        map((answer: unknown) => (answer instanceof StreamableFile ? answer : this.views.masked(answer))),
      );
  }
}

/** Whether the request asks for an answer without personal values. */
export const Masked = createParamDecorator((_: unknown, execution: ExecutionContext) =>
  isPersonalDataMasked(execution),
);

/** For a controller whose answers have data of events or rows. */
export const MasksPersonalData = () =>
  applyDecorators(
    UseInterceptors(PersonalDataInterceptor),
    ApiHeader({
      name: 'Personal-Data',
      required: false,
      description:
        'With `masked`, personal values of events, rows and states are `•••••` in the answer. The console sends it until ' +
        'a person has said why she looks at personal data (`POST /privacy/views`).',
      schema: { type: 'string', enum: ['masked', 'shown'], default: 'shown' },
      example: 'masked',
    }),
  );
