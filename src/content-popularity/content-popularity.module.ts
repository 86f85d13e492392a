import { type DynamicModule, type FactoryProvider, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { EventSourcingModule } from '../event-sourcing/index.js';
import { ContentPopularityController } from './content-popularity.controller.js';
import { ContentPopularity, ContentViewer } from './content-popularity.entity.js';
import { ContentPopularityProjection } from './content-popularity.projection.js';
import { GetContentPopularityHandler } from './queries/get-content-popularity.query.js';
import { ListContentPopularityHandler } from './queries/list-content-popularity.query.js';
import { TrendingScore } from './trending-score.js';

export interface ContentPopularityOptions {
  /** Hours after which a view counts half in the trending score. Default: 24. */
  trendingHalfLifeHours?: number;
}

/** Read model: how popular each content is. */
@Module({})
export class ContentPopularityModule {
  static forRoot(options: ContentPopularityOptions = {}): DynamicModule {
    return ContentPopularityModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({
    inject = [],
    useFactory,
  }: Pick<FactoryProvider<ContentPopularityOptions>, 'inject' | 'useFactory'>): DynamicModule {
    return {
      module: ContentPopularityModule,
      imports: [
        TypeOrmModule.forFeature([ContentPopularity, ContentViewer]),
        EventSourcingModule.forFeature({ rows: [ContentPopularity, ContentViewer] }),
      ],
      controllers: [ContentPopularityController],
      providers: [
        {
          provide: TrendingScore,
          useFactory: async (...dependencies: unknown[]) =>
            new TrendingScore((await useFactory(...dependencies)).trendingHalfLifeHours ?? 24),
          inject,
        },
        ContentPopularityProjection,
        GetContentPopularityHandler,
        ListContentPopularityHandler,
      ],
    };
  }
}
