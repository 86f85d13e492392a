import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync } from 'class-validator';
import { fieldErrors } from './field-errors.js';
import { type FieldError, InvalidRequest, shortened } from './invalid-request.error.js';

/**
 * Checks bodies and parameters by the decorators of their classes. Unlike Nest's `ValidationPipe`, it looks for unknown
 * properties before the transformation. class-transformer drops properties with the name of a member of the class
 * (`constructor`, a method), so a later check would miss them.
 */
@Injectable()
export class RequestValidation implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (type === 'body' && isDeeperThan(MAX_DEPTH, value)) throw new InvalidRequest([TOO_DEEP]);
    if (metatype === undefined || fieldsOf(metatype).size === 0) return value;
    // A missing body counts as an empty one, so the answer names each missing field.
    const checked = check(metatype, value === undefined ? {} : value);
    if ('errors' in checked) throw new InvalidRequest(checked.errors);
    return checked.body;
  }
}

/**
 * No request needs more than 3 levels. JSON is parsed at any depth, but validation, transformation and `JSON.stringify`
 * run out of stack after some thousand levels, and the answer would be a 500.
 */
const MAX_DEPTH = 32;
const TOO_DEEP = { path: '', message: `must not be nested deeper than ${MAX_DEPTH} levels` };

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}

/** Checks one value against a class of fields. */
export function check<Body extends object>(
  bodyClass: Type<Body>,
  value: unknown,
): { body: Body } | { errors: FieldError[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { errors: [{ path: '', message: 'must be an object' }] };
  }
  const known = fieldsOf(bodyClass);
  const unknown = Object.keys(value).filter((name) => !known.has(name));
  if (unknown.length > 0) {
    return { errors: unknown.map(unknownProperty) };
  }
  const body = plainToInstance(bodyClass, value);
  const errors = fieldErrors(validateSync(body, OPTIONS));
  return errors.length > 0 ? { errors } : { body };
}

function unknownProperty(name: string): FieldError {
  const path = storable(shortened(name));
  return { path, message: `property ${path} should not exist` };
}

/**
 * Makes a text that PostgreSQL can store: an answer may be stored for the next request under its idempotency key.
 * PostgreSQL takes neither U+0000 nor a half of a surrogate pair.
 */
const storable = (text: string) => text.toWellFormed().replaceAll('\0', '\u{fffd}');

/** The whitelist is for objects inside the body: the names of the body's own properties were checked before. */
const OPTIONS = { stopAtFirstError: true, whitelist: true, forbidNonWhitelisted: true };

const fields = new WeakMap<Type<object>, ReadonlySet<string>>();

/** The names of a class's validated properties; none for a class that is no request. */
function fieldsOf(bodyClass: Type<object>): ReadonlySet<string> {
  const known = fields.get(bodyClass);
  if (known !== undefined) return known;
  const rules = getMetadataStorage().getTargetValidationMetadatas(bodyClass, '', false, false);
  const names = new Set(rules.map(({ propertyName }) => propertyName));
  fields.set(bodyClass, names);
  return names;
}
