import { Injectable } from '@nestjs/common';
import { EventRegistry } from '../../event/event-registry.js';
import { requireLog } from '../../event/no-log.error.js';
import { ScanLimit } from '../../log/search/scan-limit.js';
import { ResolvedOptions } from '../../options.js';
import type { Statements } from '../../postgres/database.js';
import type { Folding } from '../declare/folding.js';
import { storableKey } from '../../event/storable-key.js';
import { ProjectionNotFoundError, ProjectionStateError } from '../projection-errors.js';
import { Projections } from '../run/projections.js';
import { CurrentTurn } from '../turn/current-turn.js';
import { KeyEvents } from './key-events.js';
import { KeyFold } from './key-fold.js';
import { type KeyState, selectKeyState } from './key-state.sql.js';
import type { KeyTrail } from './key-trail.js';
import { KeyTrails } from './key-trails.js';

/** Opens the keys of projections, a few at a time. */
@Injectable()
export class ExplainedKeys {
  constructor(
    readonly projections: Projections,
    readonly registry: EventRegistry,
    readonly currentTurn: CurrentTurn,
    readonly options: ResolvedOptions,
    private readonly limit: ScanLimit,
    private readonly trails: KeyTrails,
  ) {}

  /**
   * Works on one key with what earlier calls have found out about it.
   *
   * @throws ProjectionNotFoundError; ProjectionStateError for a reaction; ScanBusyError; NoLogError
   */
  open<Result>(name: string, key: string, work: (opened: ExplainedKey) => Promise<Result>): Promise<Result> {
    requireLog(this.options);
    const folding = this.projectionOf(name);
    const stored = storableKey(key);
    return this.limit.run(() =>
      this.trails.borrow(folding, stored, (trail) => work(new ExplainedKey(this, folding, stored, trail))),
    );
  }

  private projectionOf(name: string): Folding {
    const folding = this.projections.foldings.find((each) => each.name === name);
    if (folding === undefined) throw new ProjectionNotFoundError(`There is no projection "${name}".`);
    if (folding.kind === 'projection') return folding;
    throw new ProjectionStateError('projection.is-reaction', `${name} is a reaction: it has no rows.`);
  }
}

/** One key of a projection, for the length of one call. */
export class ExplainedKey {
  constructor(
    private readonly parts: ExplainedKeys,
    readonly folding: Folding,
    /** In the form that is stored. */
    readonly key: string,
    readonly trail: KeyTrail,
  ) {}

  state(statements: Statements): Promise<KeyState> {
    return selectKeyState(statements, this.parts.options, this.folding.name, this.key);
  }

  events(statements: Statements): KeyEvents {
    const { registry, options } = this.parts;
    const events = options.qualified('events');
    return new KeyEvents({ statements, registry, events }, this.folding, this.key, this.trail);
  }

  /** The fold of an earlier call; a new one when that came too far, or when other events are left out now. */
  foldFrom(state: KeyState, after: number): KeyFold {
    const { trail, folding, parts } = this;
    if (trail.fold === undefined || trail.fold.position > after || !trail.fold.isOf(state)) {
      trail.fold = new KeyFold(folding, parts, state);
    }
    return trail.fold;
  }
}
