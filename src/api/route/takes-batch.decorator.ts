import { SetMetadata } from '@nestjs/common';

const TAKES_BATCH = 'eventfold:takes-batch';

/** Marks a route that takes many things at once. In the service, its body may have `BODY_LIMIT_BYTES`. */
export const TakesBatch = () => SetMetadata(TAKES_BATCH, true);

export const takesBatch = (method: object): boolean => Reflect.getMetadata(TAKES_BATCH, method) === true;
