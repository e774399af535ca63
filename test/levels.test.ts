import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransformableInfo } from 'logform';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { Logged } from './support/logged.ts';

const { cli, npm, syslog } = winston.config;

/** Logs once with each level and returns the Events as `type level reason`. */
async function eventsOf(
  levels: Record<string, number>,
  level?: string,
  loggerLevel = Object.keys(levels).at(-1) as string,
): Promise<string[]> {
  const logged = new Logged(level === undefined ? {} : { level }, { levels, level: loggerLevel });
  for (const name of Object.keys(levels)) logged.logger.log(name, `at ${name}`);
  assert.equal(logged.records.length, Object.keys(levels).length);
  return (await logged.events()).map(({ type, message, reason }) => `${type} ${message} ${reason}`);
}

const npmWarnings = ['Warning at error LoggedError', 'Warning at warn LoggedWarning'];
const syslogWarnings = [
  'Warning at emerg LoggedEmerg',
  'Warning at alert LoggedAlert',
  'Warning at crit LoggedCrit',
  'Warning at error LoggedError',
  'Warning at warning LoggedWarning',
];

test('npm levels: warn and error make Events', async () => {
  assert.deepEqual(await eventsOf(npm.levels), npmWarnings);
});

test('syslog levels: warning and all above it make Events', async () => {
  assert.deepEqual(await eventsOf(syslog.levels), syslogWarnings);
});

test('cli levels: warn and error make Events', async () => {
  assert.deepEqual(await eventsOf(cli.levels), npmWarnings);
});

test('the levels of another logger: warn and all above it make Events', async () => {
  assert.deepEqual(await eventsOf({ fatal: 0, error: 1, warn: 2, info: 3 }), [
    'Warning at fatal LoggedFatal',
    ...npmWarnings,
  ]);
});

test('levels without a name for warnings: error and all above it make Events', async () => {
  assert.deepEqual(await eventsOf({ disaster: 0, error: 1, note: 2 }), [
    'Warning at disaster LoggedDisaster',
    'Warning at error LoggedError',
  ]);
});

test('levels without a name for warnings or errors: those that are severe everywhere make Events', async () => {
  assert.deepEqual(await eventsOf({ critical: 0, major: 1, note: 2 }), [
    'Warning at critical LoggedCritical',
  ]);
});

test('an explicit level lets others through: Normal below warn', async () => {
  assert.deepEqual(await eventsOf(npm.levels, 'http'), [
    ...npmWarnings,
    'Normal at info LoggedInfo',
    'Normal at http LoggedHttp',
  ]);
  assert.deepEqual(await eventsOf(syslog.levels, 'notice'), [
    ...syslogWarnings,
    'Normal at notice LoggedNotice',
  ]);
  assert.deepEqual(await eventsOf(npm.levels, 'error'), npmWarnings.slice(0, 1));
  assert.deepEqual(await eventsOf(syslog.levels, 'crit'), syslogWarnings.slice(0, 3));
});

test('an explicit level is the transport’s own, also where the logger is quieter', async () => {
  assert.deepEqual(await eventsOf(npm.levels, 'info', 'silly'), [
    ...npmWarnings,
    'Normal at info LoggedInfo',
  ]);
});

test('warn and warning mean the same, whatever the logger calls it', async () => {
  assert.deepEqual(await eventsOf(syslog.levels, 'warn'), syslogWarnings);
  assert.deepEqual(await eventsOf(npm.levels, 'warning'), npmWarnings);
});

test('a level that the logger does not know counts as the default', async () => {
  assert.deepEqual(await eventsOf(npm.levels, 'wran'), npmWarnings);
  assert.deepEqual(await eventsOf(syslog.levels, 'http'), syslogWarnings);
  assert.deepEqual(await eventsOf({ disaster: 0, warn: 1, note: 2 }, 'warm'), [
    'Warning at disaster LoggedDisaster',
    'Warning at warn LoggedWarning',
  ]);
});

test('a level that the logger does not know is a diagnostic as soon as the logger is known', async () => {
  const logged = new Logged({ level: 'wran' });
  await Promise.resolve();
  assert.equal(logged.transport.level, 'warn');
  const [diagnostic, ...others] = logged.diagnostics;
  assert.deepEqual(others, []);
  assert.equal(diagnostic?.code, 'KEVT_LEVEL');
  assert.match(
    diagnostic.message,
    /^the logger does not have the level .*: there is no level "wran", did you mean warn\? Correct the option level/,
  );
});

test('levels that the logger knows, or knows under another name, are no diagnostic', async () => {
  for (const [level, levels] of [
    [undefined, syslog.levels],
    [undefined, { disaster: 0, note: 1 }],
    ['warn', syslog.levels],
    ['warning', npm.levels],
    ['silly', npm.levels],
  ] as const) {
    const logged = new Logged(level === undefined ? {} : { level }, { levels });
    await Promise.resolve();
    assert.deepEqual(logged.codes(), []);
  }
});

test('a stricter level of the logger does not hold back the transport', async () => {
  const logged = new Logged({}, { level: 'error' });
  logged.logger.warn('nearly full');
  // In winston, a transport with its own level ignores the level of the logger.
  assert.equal(await logged.event(), 'Warning LoggedWarning: nearly full');
});

test('level and silent can be changed at run time', async () => {
  const logged = new Logged();
  logged.logger.info('a');
  logged.transport.level = 'info';
  logged.logger.info('b');
  logged.transport.silent = true;
  logged.logger.error('c');
  logged.transport.silent = false;
  logged.transport.level = 'error';
  logged.logger.warn('d');
  logged.logger.error('e');
  assert.deepEqual(
    (await logged.events()).map(({ message }) => message),
    ['b', 'e'],
  );
  assert.equal(logged.records.length, 5);
});

test('silent as an option: no Event', async () => {
  const logged = new Logged({ silent: true });
  logged.logger.error('a');
  assert.deepEqual(await logged.events(), []);
});

test('fatal of NestJS is severe although npm levels do not have it', async () => {
  const logged = new Logged();
  const { error } = console;
  // winston complains about the level on standard error.
  console.error = () => {};
  try {
    logged.logger.log({ level: 'fatal', message: 'out of memory' });
    logged.logger.log({ level: 'chatter', message: 'hello' });
  } finally {
    console.error = error;
  }
  assert.equal(await logged.event(), 'Warning LoggedFatal: out of memory');
});

test('one transport serves loggers with different levels', async () => {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
  const one = winston.createLogger({ transports: [transport] });
  const other = winston.createLogger({ levels: syslog.levels, transports: [transport] });
  one.warn('npm');
  other.log('warning', 'syslog');
  one.info('quiet');
  other.log('info', 'quiet');
  await transport.flush();
  assert.deepEqual(
    sink.events.map(({ type, reason, message }) => `${type} ${reason} ${message}`),
    ['Warning LoggedWarning npm', 'Warning LoggedWarning syslog'],
  );
});

test('a format that rewrites the name of the level does not change what it means', async () => {
  const shout = winston.format((info: TransformableInfo) => ({ ...info, level: info.level.toUpperCase() }))();
  const logged = new Logged({}, { format: winston.format.combine(shout, winston.format.colorize()) });
  logged.logger.on('error', () => {});
  logged.logger.warn('nearly full');
  assert.equal(await logged.event(), 'Warning LoggedWarning: nearly full');
});
