import { expect } from '@jest/globals';
import { Controller, Get, Global, Inject, Injectable, Module, Optional, Post, Scope } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, NestFactory } from '@nestjs/core';
import { CqrsModule, EventBus, EventsHandler, type IEventHandler } from '@nestjs/cqrs';
import { ApiOperation } from '@nestjs/swagger';
import { DomainEvent } from '../../../src/event-sourcing/index.js';
import { handledEvents, takeOffEventBus } from '../../../src/event-sourcing/nest/handled-events.js';
import { isModuleClass } from '../../../src/event-sourcing/nest/module-class.js';
import { injectedDependencies } from '../../../src/event-sourcing/nest/injected-dependencies.js';
import { createIn, isSingleton, pathToScope } from '../../../src/event-sourcing/nest/provider.js';
import {
  controllersOf,
  copyMetadata,
  handlersOf,
  methodOf,
  parametersOf,
  pathOf,
} from '../../../src/api/route/route-metadata.js';
import type { Part } from './part.js';

const IN = 'event-sourcing/nest';
const ROUTES = 'api/route/route-metadata.ts';

class Posted extends DomainEvent<'letter.posted'> {
  static readonly type = 'letter.posted';
  readonly type = Posted.type;
}

const handled: string[] = [];
@EventsHandler(Posted)
class OnTheBus implements IEventHandler<Posted> {
  handle(): void {
    handled.push('on the bus');
  }
}
@EventsHandler(Posted)
class OffTheBus implements IEventHandler<Posted> {
  handle(): void {
    handled.push('off the bus');
  }
}

@Injectable({ scope: Scope.REQUEST })
class OfRequest {}
@Injectable()
class Between {
  @Inject(OfRequest) readonly ofRequest: OfRequest;
}
@Injectable()
class Scoped {
  constructor(readonly between: Between) {}
}
@Injectable({ scope: Scope.TRANSIENT })
class Transient {}
@Injectable()
class Single {
  @Inject('colour') readonly colour: string;

  constructor(
    readonly bus: EventBus,
    @Optional() @Inject('size') readonly size?: number,
  ) {}
}

@Controller('letters')
class Letters {
  @Get(':id/pages')
  @ApiOperation({ summary: 'Pages' })
  pages(_id: string, _from = 0): void {}

  @Post()
  post(): void {}

  noRoute(): void {}
}

@Module({
  imports: [CqrsModule.forRoot(), DiscoveryModule],
  controllers: [Letters],
  providers: [
    OnTheBus,
    OffTheBus,
    OfRequest,
    Between,
    Scoped,
    Transient,
    Single,
    { provide: 'colour', useValue: 'red' },
  ],
})
class Host {}

export const NEST_PARTS: readonly Part[] = [
  {
    library: '@nestjs/cqrs',
    usedIn: `${IN}/handled-events.ts`,
    term: "'__eventsHandler__'",
    says: '`@EventsHandler` notes the classes under `__eventsHandler__`, which the `EventBus` reads at the bootstrap.',
    holds: async () => {
      expect(handledEvents(OnTheBus)).toEqual([Posted]);
      takeOffEventBus(OffTheBus);
      expect(handledEvents(OffTheBus)).toEqual([Posted]);
      await inHost(async (app) => {
        handled.length = 0;
        await app.get(EventBus).publish(new Posted({}));
        expect(handled).toEqual(['on the bus']);
      });
    },
  },
  {
    library: '@nestjs/core',
    usedIn: `${IN}/provider.ts`,
    term: 'isDependencyTreeStatic',
    says: 'a wrapper of `DiscoveryService` tells whether its provider is a singleton, and what makes it none.',
    holds: () =>
      inHost(async (app) => {
        const all = app.get(DiscoveryService).getProviders();
        const of = (metatype: object) => all.find((each) => each.metatype === metatype)!;
        expect([Single, Scoped, Transient].map((each) => isSingleton(of(each)))).toEqual([
          true,
          false,
          false,
        ]);
        expect(pathToScope(of(Scoped)).map(({ metatype }) => metatype)).toEqual([Scoped, Between, OfRequest]);
      }),
  },
  {
    library: '@nestjs/core',
    usedIn: `${IN}/provider.ts`,
    term: 'getProviderByKey',
    says: 'the `host` of a wrapper is its module, whose `ModuleRef` makes a class with what that module would inject.',
    holds: () =>
      inHost(async (app) => {
        const { host } = app
          .get(DiscoveryService)
          .getProviders()
          .find(({ metatype }) => metatype === Single)!;
        const { colour, bus, size } = await createIn(host!, Single);
        expect([colour, bus, size]).toEqual(['red', app.get(EventBus), undefined]);
      }),
  },
  {
    library: '@nestjs/common',
    usedIn: `${IN}/injected-dependencies.ts`,
    term: "'self:paramtypes'",
    says: '`@Inject` and `@Optional` note tokens in `self:paramtypes`, `optional:paramtypes` and `self:properties_metadata`.',
    holds: () => {
      expect(injectedDependencies(Single)).toEqual({
        parameters: [
          { token: EventBus, isOptional: false },
          { token: 'size', isOptional: true },
        ],
        properties: [{ name: 'colour', token: 'colour' }],
      });
    },
  },
  {
    library: '@nestjs/common',
    usedIn: `${IN}/module-class.ts`,
    term: 'MODULE_METADATA',
    says: '`@nestjs/common/constants.js` has the keys of what `@Module` and `@Global` leave on a class.',
    holds: () => {
      @Module({ providers: [Single] })
      class WithProviders {}
      @Global()
      @Module({})
      class ForAll {}
      expect([WithProviders, ForAll, Single].map(isModuleClass)).toEqual([true, true, false]);
    },
  },
  {
    library: '@nestjs/common',
    usedIn: ROUTES,
    term: 'METHOD_METADATA',
    says: '`@nestjs/common/constants.js` has the keys under which a controller and its routes have path and method.',
    holds: () => {
      const routes = handlersOf(Letters).map(
        (handler) => `${methodOf(handler)} ${pathOf(Letters)} ${pathOf(handler)}`,
      );
      expect(routes).toEqual(['GET letters :id/pages', 'POST letters /']);
    },
  },
  {
    library: '@nestjs/core',
    usedIn: ROUTES,
    term: 'ModulesContainer',
    says: 'the modules in `ModulesContainer` have all controllers of an application, as their classes.',
    holds: () => inHost(async (app) => expect(controllersOf(app)).toEqual([Letters])),
  },
  {
    library: '@nestjs/common',
    usedIn: ROUTES,
    term: "'design:paramtypes'",
    says: 'a decorated method has its parameters, those with a default included, in `design:paramtypes`.',
    holds: () => expect(parametersOf(Letters.prototype, 'pages')).toBe(2),
  },
  {
    library: '@nestjs/swagger',
    usedIn: ROUTES,
    term: 'getMetadataKeys',
    says: 'all that decorators of Nest and Swagger say of a route is metadata of its method.',
    holds: () => {
      const copy = () => undefined;
      const [pages] = handlersOf(Letters);
      copyMetadata(pages as Function, copy);
      expect([copy.name, methodOf(copy), pathOf(copy)]).toEqual(['pages', 'GET', ':id/pages']);
      const said = Reflect.getMetadataKeys(copy).map((key) => Reflect.getMetadata(key, copy) as unknown);
      expect(said).toContainEqual(expect.objectContaining({ summary: 'Pages' }));
    },
  },
];

async function inHost(
  work: (app: Awaited<ReturnType<typeof NestFactory.createApplicationContext>>) => Promise<void>,
) {
  const app = await NestFactory.createApplicationContext(Host, { logger: false });
  try {
    await app.init();
    await work(app);
  } finally {
    await app.close();
  }
}
