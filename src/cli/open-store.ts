import type { INestApplicationContext, Type } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Database, DEFAULT_STORE, partToken, storeNames } from '../event-sourcing/for-service.js';
import { ResolvedOptions } from '../event-sourcing/options.js';
import { CommandFailure } from './command-failure.js';

/** The event store that a command works on, in an open application: the service, or that of a host. */
export class OpenStore {
  constructor(
    private readonly application: INestApplicationContext,
    readonly name: string,
    /** Whether the application is a host, which has events, projections and migrations of its own. */
    readonly isOfHost: boolean,
  ) {}

  /** The data source of the store. */
  get dataSource(): DataSource {
    return this.get(Database).dataSource;
  }

  /** A part of this store. */
  get<Part>(part: Type<Part>): Part {
    return this.application.get<Part>(partToken(this.name, part), { strict: false });
  }

  /** A provider of the application; undefined when there is none. */
  find(token: symbol): unknown {
    try {
      return this.application.get<unknown>(token, { strict: false });
    } catch {
      return undefined;
    }
  }
}

/**
 * @param name of the store. Default: the store without a name, or else the only one.
 * @throws CommandFailure that names the existing stores
 */
export function chooseStore(
  application: INestApplicationContext,
  isOfHost: boolean,
  name: string | undefined,
): OpenStore {
  const names = storeNames().filter((each) => hasStore(application, each));
  const chosen = name ?? (names.length === 1 ? names[0]! : DEFAULT_STORE);
  if (names.includes(chosen)) return new OpenStore(application, chosen, isOfHost);
  throw new CommandFailure(withoutStore(name, names), 2);
}

function hasStore(application: INestApplicationContext, name: string): boolean {
  try {
    application.get(partToken(name, ResolvedOptions), { strict: false });
    return true;
  } catch {
    return false;
  }
}

function withoutStore(name: string | undefined, names: readonly string[]): string {
  if (names.length === 0) {
    return (
      'the application has no event store: import EventSourcingModule.forRoot() in its root module, ' +
      'or name the root module, and not one of its parts, by --app.'
    );
  }
  const there = `The application has ${names.join(', ')}.`;
  if (name === undefined) return `which event store? Name one by --store. ${there}`;
  return `there is no event store "${name}". ${there}`;
}
