import { Module } from '@nestjs/common';
import { HttpMetrics } from './http-metrics.js';
import { LogMetrics } from './log-metrics.js';
import { Metrics } from './metrics.js';
import { ProjectionMetrics } from './projection-metrics.js';

@Module({ providers: [ProjectionMetrics, LogMetrics, HttpMetrics, Metrics], exports: [Metrics, HttpMetrics] })
export class MetricsModule {}
