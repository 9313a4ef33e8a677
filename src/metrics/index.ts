/** Metrics of a worker in Prometheus' text format: Ferry's own, the process', and those of Temporal's SDK. */
export { createMetrics, type Metrics } from './create-metrics';
export { NO_METER } from './no-meter';
export type { Direction, LimiterReading, Meter, Readings, ScheduleReading, StepResult, TransferCounts } from './types';
