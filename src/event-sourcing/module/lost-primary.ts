import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { AggregateCache } from '../aggregate/aggregate-cache.js';
import { Database } from '../postgres/database.js';
import { KeyTrails } from '../projection/explain/key-trails.js';
import { ProjectionProgress } from '../projection/run/projection-progress.js';
import { SubjectKeys } from '../privacy/subject-keys.js';
import { Replicas } from '../replicas/replicas.js';

/**
 * Drops all that the process remembers of the database whenever a connection to it was lost. After a failover another
 * server answers. It may lack the last turns, which are committed without a wait for the disk, and even acknowledged
 * appends, when no replica is synchronous. A state or position of the old server would then be ahead of the new one. A
 * replica may be of the old one as well, and is compared anew.
 *
 * The rest of the memory needs no drop. A decision that builds on an append under way expects the append's version, and
 * a snapshot is used only when its last event is in the log. Prepared statements belong to their connection.
 */
@Injectable()
export class LostPrimary implements OnApplicationShutdown {
  private readonly end: () => void;

  constructor(
    database: Database,
    cache: AggregateCache,
    progress: ProjectionProgress,
    trails: KeyTrails,
    keys: SubjectKeys,
    replicas: Replicas,
  ) {
    this.end = database.onConnectionLost(() => {
      cache.clear();
      progress.forget();
      trails.clear();
      keys.forget();
      replicas.primaryLost();
    });
  }

  onApplicationShutdown(): void {
    this.end();
  }
}
