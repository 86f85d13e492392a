import { SetMetadata } from '@nestjs/common';

const TAKES_BATCH = 'eventfold:takes-batch';

/** Says that a route takes many things at once, so that its body may have `BODY_LIMIT_BYTES` in the service. */
export const TakesBatch = () => SetMetadata(TAKES_BATCH, true);

export const takesBatch = (method: object): boolean => Reflect.getMetadata(TAKES_BATCH, method) === true;
