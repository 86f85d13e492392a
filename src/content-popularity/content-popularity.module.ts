import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { EventSourcingModule } from '../event-sourcing/index.js';
import {
  provideAccess,
  resolveAccess,
  ROUTED_RULES,
  type RoutedFeatureOptions,
} from '../api/access/access.js';
import { number, type Rule } from '../event-sourcing/for-service.js';
import { HiddenRoutes } from '../api/route/hidden-routes.js';
import { ContentPopularityController } from './content-popularity.controller.js';
import { ContentPopularity, ContentViewer } from './content-popularity.entity.js';
import { ContentPopularityProjection } from './content-popularity.projection.js';
import { GetContentPopularityHandler } from './queries/get-content-popularity.query.js';
import { ListContentPopularityHandler } from './queries/list-content-popularity.query.js';
import { TrendingScore } from './trending-score.js';

/** The queries that an application may send: `index.ts` exports them with the module. */
export { GetContentPopularity } from './queries/get-content-popularity.query.js';
export { ListContentPopularity, type PageEnd } from './queries/list-content-popularity.query.js';

export interface ContentPopularityOptions extends RoutedFeatureOptions {
  /** Hours after which a view counts half in the trending score; another number rebuilds the rows. Default: 24. */
  trendingHalfLifeHours?: number | undefined;
}

const RULES: Record<keyof ContentPopularityOptions, Rule> = {
  ...ROUTED_RULES,
  trendingHalfLifeHours: number(0.01, 87_600, 24),
};

/** The read model of the popularity of contents. */
@Module(parts())
export class ContentPopularityModule {
  /** @throws InvalidOptionsError */
  static forRoot(options: ContentPopularityOptions = {}): DynamicModule {
    const resolved = resolveAccess(options, RULES, 'ContentPopularityModule.forRoot');
    return { module: ContentPopularityModuleWithOptions, ...parts(resolved) };
  }
}

/** It inherits only the path that `RouterModule` gives to the module above. */
@Module({ imports: [], controllers: [], providers: [], exports: [] })
class ContentPopularityModuleWithOptions extends ContentPopularityModule {}

function parts(options: ContentPopularityOptions = {}): ModuleMetadata {
  const { store, controllers = true, trendingHalfLifeHours = 24, ...access } = options;
  return {
    imports: [EventSourcingModule.forFeature({ store, rows: [ContentPopularity, ContentViewer] })],
    controllers: controllers ? [ContentPopularityController] : [],
    providers: [
      ...(controllers ? [HiddenRoutes] : []),
      provideAccess(access),
      { provide: TrendingScore, useFactory: () => new TrendingScore(trendingHalfLifeHours) },
      ContentPopularityProjection,
      GetContentPopularityHandler,
      ListContentPopularityHandler,
    ],
  };
}
