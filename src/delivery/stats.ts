import type { DropReason } from './verdict.ts';

/** What a recorder has done so far. Counters start at zero, and only `pending` and `remembered` go down. */
export interface RecorderStats {
  /** Records that were counted for Events. */
  records: number;
  /** Events created. */
  created: number;
  /** Events updated with a higher count. */
  updated: number;
  /** Requests sent about Events. */
  requests: number;
  /** Attempts that failed and were planned again. */
  retries: number;
  /** Occurrences that are counted and not yet confirmed by the destination. */
  pending: number;
  /**
   * When the oldest pending occurrence was counted, in milliseconds since the epoch. Undefined if none is pending. It may be
   * off by the seconds that a write takes. Repeats wait for up to a minute, so alert only on more than that.
   */
  oldestPendingAt: number | undefined;
  /** When the destination last confirmed a write, in milliseconds since the epoch. Undefined before the first. */
  lastWrittenAt: number | undefined;
  /** Problems held in memory, at most 4,096. */
  remembered: number;
  /** Occurrences that were lost, by reason: refused by the API server, or no such namespace. */
  dropped: Record<DropReason, number>;
  /** The last failure, as code and text. */
  lastError: string | undefined;
}

/** The counters among the statistics. */
export type RecorderCounters = Pick<
  RecorderStats,
  'created' | 'updated' | 'requests' | 'retries' | 'lastError'
> & {
  records: number;
  dropped: RecorderStats['dropped'];
};

export function createCounters(): RecorderCounters {
  return {
    records: 0,
    created: 0,
    updated: 0,
    requests: 0,
    retries: 0,
    dropped: { rejected: 0, namespace: 0 },
    lastError: undefined,
  };
}
