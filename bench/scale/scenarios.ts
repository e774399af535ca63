import type { EventInput } from 'winston-kubernetes-events';
import type { Scenario } from './simulate.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  name: 'checkout',
  namespace: 'shop',
  uid: '5b1c1e0f-7a52-4b3c-9a55-2d3f1c6b7a10',
};

const ownProblem: EventInput = {
  type: 'Warning',
  reason: 'PaymentGatewayUnreachable',
  message: 'cannot charge the order: connect ECONNREFUSED',
};
const sharedProblem: EventInput = { ...ownProblem, regarding: DEPLOYMENT };

/** Five operations, each failing in four ways. */
const PROBLEMS: EventInput[] = ['Charge', 'Refund', 'Reserve', 'Quote', 'Notify'].flatMap((operation) =>
  ['connect ECONNREFUSED', 'read ECONNRESET', 'socket hang up', 'no answer in time'].map((failure) => ({
    type: 'Warning' as const,
    reason: `${operation}Failed`,
    message: `${operation.toLowerCase()}: ${failure}`,
  })),
);

type Parts = Omit<Scenario, 'pods' | 'durationMs'> & { what: string; minutes: number };

const storm = { minutes: 60, logsForMs: HOUR_MS, recordsPerSecond: 10, server: {} };
const outage = { from: 30 * MINUTE_MS, to: 35 * MINUTE_MS };

export const SCENARIOS = {
  own: {
    what: 'each pod has a problem of its own about itself, 10 records a second for an hour',
    ...storm,
    record: () => ownProblem,
  },
  shared: {
    what: 'all pods have the same problem about one Deployment, 10 records a second for an hour',
    ...storm,
    record: () => sharedProblem,
  },
  dependency: {
    what: 'a shared dependency is out for 10 minutes: 50 records a second over 20 problems, then quiet',
    ...storm,
    logsForMs: 10 * MINUTE_MS,
    recordsPerSecond: 50,
    record: (index) => PROBLEMS[index % PROBLEMS.length]!,
  },
  ownOutage: {
    what: 'the first, and the API server is away from minute 30 to 35',
    ...storm,
    server: { outage },
    record: () => ownProblem,
  },
  sharedOutage: {
    what: 'the second, and the API server is away from minute 30 to 35',
    ...storm,
    server: { outage },
    record: () => sharedProblem,
  },
  sharedLost: {
    what: 'the second, and one answer in a thousand is lost',
    ...storm,
    server: { lostAnswers: 0.001 },
    record: () => sharedProblem,
  },
  limited: {
    what: 'the first, and the API server admits 50 of these requests a second, others get 429 and Retry-After: 1',
    ...storm,
    server: { admittedPerSecond: 50 },
    record: () => ownProblem,
  },
  attack: {
    what: 'every record of every pod has another reason, 10 records a second for an hour',
    ...storm,
    record: (index) => ({ ...ownProblem, reason: `Reason${index}` }),
  },
} satisfies Record<string, Parts>;

export type ScenarioName = keyof typeof SCENARIOS;

/** A scenario for so many pods, or a shorter or quieter version of it. */
export function scenarioOf(name: ScenarioName, pods: number, changes: Partial<Scenario> = {}): Scenario {
  const { what, minutes, ...parts }: Parts = SCENARIOS[name];
  return { pods, durationMs: minutes * MINUTE_MS + SECOND_MS, ...parts, ...changes };
}
