// Exports the statistics of a transport or an EventRecorder as Prometheus metrics. Copy this file. alerts.yaml and
// dashboard.json use the names of these metrics.
import { Counter, Gauge } from 'prom-client';

const PREFIX = 'winston_kubernetes_events';

/**
 * @param {{ stats: import('winston-kubernetes-events').RecorderStats }} source a transport or a recorder
 * @param {import('prom-client').Registry} registry
 */
export function collectEventMetrics(source, registry) {
  const counter = (name, help, read, labelNames = []) => {
    const collect = function () {
      this.reset();
      for (const [labels, value] of read(source.stats)) this.inc(labels, value);
    };
    new Counter({ name: `${PREFIX}_${name}`, help, labelNames, registers: [registry], collect });
  };
  const gauge = (name, help, read) => {
    const collect = function () {
      this.set(read(source.stats));
    };
    new Gauge({ name: `${PREFIX}_${name}`, help, registers: [registry], collect });
  };

  counter('records_total', 'Records that were to become Events.', ({ records }) => [[{}, records]]);
  counter(
    'writes_total',
    'Events created, and Events updated with a higher count.',
    ({ created, updated }) => [
      [{ operation: 'create' }, created],
      [{ operation: 'update' }, updated],
    ],
    ['operation'],
  );
  counter('requests_total', 'Requests sent about Events.', ({ requests }) => [[{}, requests]]);
  counter('retries_total', 'Attempts that failed and were planned again.', ({ retries }) => [[{}, retries]]);
  counter(
    'dropped_total',
    'Occurrences that are in no Event, by reason.',
    ({ dropped }) => Object.entries(dropped).map(([reason, count]) => [{ reason }, count]),
    ['reason'],
  );
  gauge('pending', 'Occurrences that are counted and not yet written.', ({ pending }) => pending);
  gauge('problems', 'Problems held in memory.', ({ remembered }) => remembered);
  // A time and not an age, so that it stays correct between two scrapes.
  gauge(
    'oldest_pending_timestamp_seconds',
    'When the oldest pending occurrence was counted; 0: none is pending.',
    ({ oldestPendingAt = 0 }) => oldestPendingAt / 1000,
  );
  gauge(
    'last_write_timestamp_seconds',
    'When a write was confirmed last; 0: none was yet.',
    ({ lastWrittenAt = 0 }) => lastWrittenAt / 1000,
  );
}
