import type { EventInput } from 'winston-kubernetes-events';
import type { Scenario } from './simulate.ts';

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

/** Five operations, each of which fails in four ways. */
const PROBLEMS: EventInput[] = ['Charge', 'Refund', 'Reserve', 'Quote', 'Notify'].flatMap((operation) =>
  Object.entries({
    Refused: 'connect ECONNREFUSED',
    Reset: 'read ECONNRESET',
    HungUp: 'socket hang up',
    TimedOut: 'no answer in time',
  }).map(([end, failure]) => ({
    type: 'Warning' as const,
    reason: operation + end,
    message: `${operation.toLowerCase()}: ${failure}`,
  })),
);

type Parts = Omit<Scenario, 'pods'> & { what: string };

const storm = { logsForMs: HOUR_MS, recordsPerSecond: 10, server: {} };
const rollingRestart = {
  ...{ logsForMs: 10 * MINUTE_MS, recordsPerSecond: 10, server: {} },
  restart: { from: 3 * MINUTE_MS, to: 6 * MINUTE_MS },
};
const outage = { from: 30 * MINUTE_MS, to: 35 * MINUTE_MS };

export const SCENARIOS = {
  own: {
    what: 'each pod has one problem about itself and logs 10 records a second for an hour',
    ...storm,
    record: () => ownProblem,
  },
  shared: {
    what: 'all pods have the same problem about one Deployment, and each logs 10 records a second for an hour',
    ...storm,
    record: () => sharedProblem,
  },
  dependency: {
    what: 'a shared dependency is down for 10 minutes: each pod logs 50 records a second of 20 problems, then nothing',
    ...storm,
    logsForMs: 10 * MINUTE_MS,
    recordsPerSecond: 50,
    record: (index) => PROBLEMS[index % PROBLEMS.length]!,
  },
  ownOutage: {
    what: 'as own, but the API server is down from minute 30 to 35',
    ...storm,
    server: { outage },
    record: () => ownProblem,
  },
  sharedOutage: {
    what: 'as shared, but the API server is down from minute 30 to 35',
    ...storm,
    server: { outage },
    record: () => sharedProblem,
  },
  sharedLost: {
    what: 'as shared, but one answer in a thousand is lost',
    ...storm,
    server: { lostAnswers: 0.001 },
    record: () => sharedProblem,
  },
  restartShared: {
    what: 'as shared, but for 10 minutes, and from minute 3 to 6 each pod is replaced by a new one',
    ...rollingRestart,
    record: () => sharedProblem,
  },
  restartOwn: {
    what: 'as restartShared, but each pod has 20 problems about itself',
    ...rollingRestart,
    record: (index) => PROBLEMS[index % PROBLEMS.length]!,
  },
  limited: {
    what: 'as own, but the API server admits 50 of these requests a second, and answers the others with 429 and Retry-After: 1',
    ...storm,
    server: { admittedPerSecond: 50 },
    record: () => ownProblem,
  },
  attack: {
    what: 'every record of a pod has a new reason; each pod logs 10 records a second for an hour',
    ...storm,
    record: (index) => ({ ...ownProblem, reason: `Reason${index}` }),
  },
  attackTexts: {
    what: 'every record of a pod has a new message, and every tenth has a new reason; each pod logs 10 records a second for an hour',
    ...storm,
    record: (index) => ({
      ...ownProblem,
      reason: `Reason${Math.floor(index / 10)}`,
      message: `the gateway answered ${400 + (index % 10)}`,
    }),
  },
} satisfies Record<string, Parts>;

export type ScenarioName = keyof typeof SCENARIOS;

/** A scenario with this many pods, and optional changes. */
export function scenarioOf(name: ScenarioName, pods: number, changes: Partial<Scenario> = {}): Scenario {
  const { what, ...parts }: Parts = SCENARIOS[name];
  return { pods, ...parts, ...changes };
}

/**
 * One record a second instead of ten. What is written depends on whether a problem goes on, not on how often it is logged.
 */
const quieter = { recordsPerSecond: 1 };
const shorter = { ...quieter, logsForMs: 20 * MINUTE_MS };
const earlier = { from: 5 * MINUTE_MS, to: 10 * MINUTE_MS };

/** What the page shows. Where a run is smaller than its scenario, the page says so. */
export const RUNS: { scenario: ScenarioName; pods: number; changes?: Partial<Scenario> }[] = [
  { scenario: 'own', pods: 100 },
  { scenario: 'own', pods: 1_000 },
  { scenario: 'own', pods: 10_000, changes: quieter },
  { scenario: 'shared', pods: 100 },
  { scenario: 'shared', pods: 1_000 },
  { scenario: 'shared', pods: 3_000, changes: { ...quieter, logsForMs: MINUTE_MS } },
  { scenario: 'shared', pods: 10_000, changes: { ...quieter, logsForMs: 10_000 } },
  { scenario: 'dependency', pods: 100 },
  { scenario: 'dependency', pods: 1_000, changes: { recordsPerSecond: 10 } },
  { scenario: 'dependency', pods: 10_000, changes: { recordsPerSecond: 5 } },
  { scenario: 'ownOutage', pods: 1_000, changes: quieter },
  { scenario: 'ownOutage', pods: 10_000, changes: { ...shorter, server: { outage: earlier } } },
  { scenario: 'sharedOutage', pods: 1_000, changes: { ...shorter, server: { outage: earlier } } },
  { scenario: 'sharedLost', pods: 1_000 },
  { scenario: 'sharedLost', pods: 3_000, changes: { ...quieter, logsForMs: MINUTE_MS } },
  { scenario: 'restartShared', pods: 1_000 },
  { scenario: 'restartOwn', pods: 1_000 },
  { scenario: 'limited', pods: 1_000 },
  { scenario: 'limited', pods: 10_000, changes: shorter },
  { scenario: 'attack', pods: 2 },
  { scenario: 'attackTexts', pods: 2 },
];
