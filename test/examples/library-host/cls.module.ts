import { ClsModule } from 'nestjs-cls';
import { correlationIdOf } from '../../../src/api/index.js';

/** The store of nestjs-cls has the correlation id of the events. */
export const LibraryClsModule = ClsModule.forRoot({
  global: true,
  guard: {
    mount: true,
    setup: (cls, execution) => {
      if (execution.getType() !== 'http') return;
      cls.set('correlationId', correlationIdOf(execution.switchToHttp().getRequest()));
    },
  },
});
