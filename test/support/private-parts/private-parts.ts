import { NEST_PARTS } from './nest-parts.js';
import type { Part } from './part.js';
import { PG_PARTS } from './pg-parts.js';
import { TYPEORM_PARTS } from './typeorm-parts.js';

/** All private parts that we use. */
export const PRIVATE_PARTS: readonly Part[] = [...PG_PARTS, ...TYPEORM_PARTS, ...NEST_PARTS];
