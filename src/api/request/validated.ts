import { Body as NestBody, Param as NestParam, Query as NestQuery } from '@nestjs/common';
import { RequestValidation } from './validation.js';

/**
 * Nest's own decorators, and what they take is checked by its class. Not a pipe of the controller: that would be waited
 * for with every header and id that a route takes besides, of a query by id a twentieth of its time.
 */
export const Body = (): ParameterDecorator => NestBody(RequestValidation);
export const Param = (): ParameterDecorator => NestParam(RequestValidation);
export const Query = (): ParameterDecorator => NestQuery(RequestValidation);
