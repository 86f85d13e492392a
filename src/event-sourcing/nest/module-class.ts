import { GLOBAL_MODULE_METADATA, MODULE_METADATA } from '@nestjs/common/constants.js';

/** Whether a value is a class with `@Module`, in which at least one list of a module is given. */
export const isModuleClass = (value: unknown): boolean =>
  typeof value === 'function' &&
  [...Object.values(MODULE_METADATA), GLOBAL_MODULE_METADATA].some((key) =>
    Reflect.hasOwnMetadata(key, value),
  );
