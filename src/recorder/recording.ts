import { ProblemTable } from '../correlator/problem-table.ts';
import { Pump } from '../delivery/pump.ts';
import { Schedule } from '../delivery/schedule.ts';
import type { RecorderCounters } from '../delivery/stats.ts';
import type { Verdict } from '../delivery/verdict.ts';
import { resolveReference } from '../object/reference.ts';
import { Statements } from '../statement/statements.ts';
import { type Means as DestinationMeans, openDestination } from './destination.ts';
import type { Home } from './home.ts';
import { Intake } from './intake.ts';
import type { EventRecorderOptions } from './options.ts';
import { Tally } from './tally.ts';

interface Means extends DestinationMeans {
  counters: RecorderCounters;
  /** Called when nothing is pending any more. */
  onRest: () => void;
  /** Called with the result of each write. */
  onVerdict?: ((verdict: Verdict) => void) | undefined;
}

/**
 * Counts and delivers the records of a recorder. An application starts sooner without it. So it is made, and Node loads the
 * code of it, when the process is idle for the first time, or with the first record.
 */
export class Recording {
  readonly table: ProblemTable;
  readonly tally: Tally;
  readonly pump: Pump;

  constructor(home: Home, options: EventRecorderOptions, means: Means) {
    const { clock, report, counters } = means;
    const { destination, budget } = openDestination(home, options, means);
    const onUse = () =>
      report('KEVT_OVERFLOW', `all ${table.size} places are taken by problems that wait to be written`);
    const regarding = resolveReference(home.pod, options.namespace, home.ownNamespace);
    const table = new ProblemTable({ regarding, onUse });
    const need = destination.need.bind(destination);
    const schedule = new Schedule(table, { counters, budget, need });
    this.table = table;
    this.tally = new Tally(table, new Intake(options.redact, report), new Statements(clock));
    this.pump = new Pump(schedule, { ...means, destination, pending: () => table.pending });
  }
}
