import { type DynamicModule, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { type Actor, EventfoldHttpModule } from '../../../src/api/index.js';
import { EventfoldHealthModule } from '../../../src/health/index.js';
import { EventfoldMetricsModule } from '../../../src/metrics/index.js';
import { OperationsModule } from '../../../src/operations/index.js';
import { LibraryAppModule } from '../library/library-app.module.js';
import { LibraryModule } from '../library/library.module.js';
import { LibraryClsModule } from './cls.module.js';
import { CopiesController } from './copies.controller.js';
import { HealthController } from './health.controller.js';
import { LibrariansGuard } from './librarians.guard.js';
import { MembersController } from './members.controller.js';
import { MetricsController } from './metrics.controller.js';
import { OverdueJob } from './overdue.job.js';
import { StaffModule } from './staff.module.js';

/** The sender of a request, as the application's own authentication has found out. */
function actor({ headers }: { headers: Record<string, string | undefined> }): Actor | undefined {
  const [, subject] = /^Bearer (\w+)$/.exec(headers.authorization ?? '') ?? [];
  if (subject === undefined) return undefined;
  return { subject, scopes: new Set(subject === 'librarian' ? ['admin'] : []) };
}

@Module({})
export class LibraryHostModule {
  static forRoot(databaseUrl: string): DynamicModule {
    return {
      module: LibraryHostModule,
      imports: [
        LibraryAppModule.forRoot(databaseUrl),
        LibraryModule,
        LibraryClsModule,
        EventfoldHttpModule.forRoot({ actor }),
        OperationsModule.forRoot({ path: 'ops', guard: LibrariansGuard, imports: [StaffModule] }),
        EventfoldMetricsModule.forRoot({ http: true }),
        TerminusModule,
        EventfoldHealthModule,
      ],
      controllers: [CopiesController, MembersController, HealthController, MetricsController],
      providers: [OverdueJob],
    };
  }
}
