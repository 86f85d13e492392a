/** `nest-eventfold/content-popularity`: the chart of contents. */
export { ContentNotFound } from './content-not-found.error.js';
export { ContentPopularity, ContentViewer } from './content-popularity.entity.js';
export * from './content-popularity.module.js';
export { ContentPopularityProjection } from './content-popularity.projection.js';
export type { Sort } from './popularity-sorts.js';
export { PopularityView } from './popularity-view.js';
