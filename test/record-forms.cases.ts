import type winston from 'winston';
import type { Logger } from './support/logged.ts';

export class PaymentError extends Error {
  override name = 'PaymentError';
}

/** As the validation of mongoose fails. */
class CastError extends Error {
  override name = 'CastError';
  reason = new Error('bad hex');
}
/** What a minifier leaves of a class. */
const MINIFIED = class O extends Error {};
const unreachable = () =>
  new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND billing') });
const rejected = () =>
  new AggregateError([new Error('east'), new Error('west')], 'All promises were rejected');

export const refused = () => Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
/** As `net.connect` fails on Node 20 and later when all addresses of a host refuse. */
export const happyEyeballs = () =>
  Object.assign(
    new AggregateError([
      Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
    ]),
    { code: 'ECONNREFUSED' },
  );
const addresses = 'connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432';

type Formats = typeof winston.format;

/** What a format is for. */
export interface Formatted {
  ofLogger?: winston.Logform.Format;
  ofTransport?: winston.Logform.Format;
}

/** The formats of a logger, or of its transport, with which each call is tried. */
export const formats = {
  'no format': (_format: Formats): Formatted => ({}),
  'json()': (format: Formats) => ({ ofLogger: format.json() }),
  'simple()': (format: Formats) => ({ ofLogger: format.simple() }),
  'splat()': (format: Formats) => ({ ofLogger: format.splat() }),
  'errors({stack: true})': (format: Formats) => ({ ofLogger: format.errors({ stack: true }) }),
  'errors(), splat() and json()': (format: Formats) => ({
    ofLogger: format.combine(format.errors({ stack: true }), format.splat(), format.json()),
  }),
  'metadata()': (format: Formats) => ({ ofLogger: format.metadata() }),
  "errors() and metadata({key: 'context'})": (format: Formats) => ({
    ofLogger: format.combine(format.errors({ stack: true }), format.metadata({ key: 'context' })),
  }),
  'colorize({all: true})': (format: Formats) => ({
    ofLogger: format.combine(format.colorize({ all: true }), format.simple()),
  }),
  'errors() and json() of the transport': (format: Formats) => ({
    ofTransport: format.combine(format.errors({ stack: true }), format.json()),
  }),
  'metadata() of the transport': (format: Formats) => ({ ofTransport: format.metadata() }),
} satisfies Record<string, (format: Formats) => Formatted>;
export type FormatName = keyof typeof formats;
const withSplat: FormatName[] = ['splat()', 'errors(), splat() and json()'];
/** With these a transport gets a copy of an error that is logged alone: what is not enumerable is not in it. */
const withErrors: FormatName[] = [
  'errors({stack: true})',
  'errors(), splat() and json()',
  "errors() and metadata({key: 'context'})",
];

/** A call, the Event it makes whatever the format, and the formats with which it is another one. */
export type Row = [
  call: string,
  log: (logger: Logger) => void,
  expected: string,
  except?: Partial<Record<FormatName, string>>,
];

/** The same for several formats. */
const sameFor = (names: FormatName[], expected: string) =>
  Object.fromEntries(names.map((name) => [name, expected]));

export const rows: Row[] = [
  ['error(text)', (logger) => logger.error('disk full'), 'Warning LoggedError: disk full'],
  ['warn(text)', (logger) => logger.warn('disk nearly full'), 'Warning LoggedWarning: disk nearly full'],
  ['error(Error)', (logger) => logger.error(refused()), 'Warning ECONNREFUSED: connect refused'],
  [
    "log('error', Error)",
    (logger) => logger.log('error', refused()),
    'Warning ECONNREFUSED: connect refused',
  ],
  ['error(plain Error)', (logger) => logger.error(new Error('boom')), 'Warning LoggedError: boom'],
  [
    'error(Error with a name)',
    (logger) => logger.error(new PaymentError('declined')),
    'Warning PaymentError: declined',
  ],
  ['error(TypeError)', (logger) => logger.error(new TypeError('no such x')), 'Warning TypeError: no such x'],
  [
    'error(text that ends in a colon, {error: Error})',
    (logger) => logger.error('cannot save:', { error: refused() }),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error(text, Error)',
    (logger) => logger.error('cannot save:', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error(text, Error with a name)',
    (logger) => logger.error('payment failed', new PaymentError('declined')),
    'Warning PaymentError: payment failed declined',
  ],
  [
    'error(text, Error, fields)',
    (logger) => logger.error('cannot save:', refused(), { attempt: 1 }),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error(text that has the message, Error)',
    (logger) => logger.error('cannot save, connect refused', refused()),
    'Warning ECONNREFUSED: cannot save, connect refused',
  ],
  [
    'error(text that is the message, Error)',
    (logger) => logger.error('connect refused', refused()),
    'Warning ECONNREFUSED: connect refused',
  ],
  [
    'error(text with letters of the message, Error in a field)',
    (logger) => logger.error('next', { err: new Error('x') }),
    'Warning LoggedError: next: x',
  ],
  [
    'error(text, text, Error)',
    (logger) => logger.error('cannot save', 'here', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
    // The format leaves nothing of the error but its code.
    sameFor(withSplat, 'Warning LoggedError: cannot save'),
  ],
  [
    "error('… %s', Error)",
    (logger) => logger.error('cannot save: %s', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    "error('… %o', Error)",
    (logger) => logger.error('cannot save: %o', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    "error('… %j', Error)",
    (logger) => logger.error('cannot save: %j', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    "error('… %s', text, Error)",
    (logger) => logger.error('cannot save %s', 'a.txt', refused()),
    'Warning ECONNREFUSED: cannot save a.txt: connect refused',
    sameFor(withSplat, 'Warning LoggedError: cannot save a.txt'),
  ],
  [
    "error('… %s … %d%%', text, number)",
    (logger) => logger.error('%s is %d%% full', '/data', 97),
    'Warning LoggedError: /data is 97% full',
  ],
  [
    'error(text with an encoded URL, Error)',
    (logger) => logger.error('GET /caf%c3%a9/%d0%bf failed', { err: refused() }),
    'Warning ECONNREFUSED: GET /caf%c3%a9/%d0%bf failed: connect refused',
    // What the format makes of such a URL is out of our hands.
    sameFor(withSplat, 'Warning ECONNREFUSED: GET /caf3%a9/%d0%bf failed: connect refused'),
  ],
  [
    "error('%s', text with a percent sign)",
    (logger) => logger.error('rejected: %s', 'rate 5%s'),
    'Warning LoggedError: rejected: rate 5%s',
  ],
  ...['error', 'err', 'reasonWhy', 'cause'].map(
    (field): Row => [
      `error(text, {${field}: Error})`,
      (logger) => logger.error('cannot save', { [field]: refused() }),
      'Warning ECONNREFUSED: cannot save: connect refused',
    ],
  ),
  [
    'log({…, error: Error})',
    (logger) => logger.log({ level: 'error', message: 'cannot save', error: refused() }),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error({message: Error})',
    (logger) => logger.error({ message: refused() }),
    'Warning ECONNREFUSED: connect refused',
    { 'colorize({all: true})': 'Warning LoggedError: Error: connect refused' },
  ],
  [
    'error(text, {message})',
    (logger) => logger.error('first', { message: 'second' }),
    'Warning LoggedError: first second',
    sameFor(withSplat, 'Warning LoggedError: second'),
  ],
  [
    'child.error(Error)',
    (logger) => logger.child({ tenant: 'a' }).error(refused()),
    'Warning ECONNREFUSED: connect refused',
  ],
  [
    'child.error(Error with a name)',
    (logger) => logger.child({ tenant: 'a' }).error(new PaymentError('declined')),
    'Warning PaymentError: declined',
  ],
  [
    'child.error(text, Error)',
    (logger) => logger.child({ tenant: 'a' }).error('cannot save:', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  ["error(new Error(''))", (logger) => logger.error(new Error('')), 'Warning LoggedError: Error'],
  [
    "error(text, new Error(''))",
    (logger) => logger.error('cannot save', new Error('')),
    'Warning LoggedError: cannot save',
  ],
  [
    'error(AggregateError without a message)',
    (logger) => logger.error(happyEyeballs()),
    `Warning AggregateError: ${addresses}`,
    {
      'errors({stack: true})': 'Warning AggregateError: ECONNREFUSED',
      'errors(), splat() and json()': 'Warning AggregateError: ECONNREFUSED',
      "errors() and metadata({key: 'context'})": 'Warning AggregateError: ECONNREFUSED',
      'colorize({all: true})': 'Warning LoggedError: AggregateError',
    },
  ],
  [
    'error(text, AggregateError without a message)',
    (logger) => logger.error('database is down', happyEyeballs()),
    `Warning AggregateError: database is down: ${addresses}`,
  ],
  [
    'error(object)',
    (logger) => logger.error({ queue: 'mail', depth: 9 }),
    'Warning LoggedError: {"queue":"mail","depth":9}',
    { 'colorize({all: true})': "Warning LoggedError: { queue: 'mail', depth: 9 }" },
  ],
  ['error(number)', (logger) => logger.error(42), 'Warning LoggedError: 42'],
  ['error(false)', (logger) => logger.error(false), 'Warning LoggedError: false'],
  ['error()', (logger) => (logger.error as unknown as () => void)(), 'Warning LoggedError: (no message)'],
  [
    'error(null)',
    (logger) => logger.error(null),
    'Warning LoggedError: (no message)',
    { 'colorize({all: true})': 'Warning LoggedError: null' },
  ],
  ['error(stack)', (logger) => logger.error(refused().stack), 'Warning LoggedError: Error: connect refused'],
  [
    'error(text with lines)',
    (logger) => logger.error('rejected\n  at the gate\n  by the guard'),
    'Warning LoggedError: rejected at the gate by the guard',
  ],
  [
    'error({err: Error})',
    (logger) => logger.error({ err: new TypeError('boom') }),
    'Warning TypeError: boom',
    { 'colorize({all: true})': 'Warning LoggedError: { err: TypeError: boom' },
  ],
  [
    'error({error: Error, …})',
    (logger) => logger.error({ error: refused(), reason: 'CannotSave', orderId: 7 }),
    'Warning CannotSave: connect refused',
    { 'colorize({all: true})': 'Warning LoggedError: { error: Error: connect refused' },
  ],
  [
    'error(text, {reason})',
    (logger) => logger.error('cannot save', { reason: 'CannotSave' }),
    'Warning CannotSave: cannot save',
  ],
  [
    'child({reason}).error(text)',
    (logger) => logger.child({ orderId: 7, reason: 'CannotSave' }).error('cannot save', { attempt: 1 }),
    'Warning CannotSave: cannot save',
  ],
  [
    'error(Error with a cause)',
    (logger) => logger.error(unreachable()),
    'Warning TypeError: fetch failed: getaddrinfo ENOTFOUND billing',
    sameFor(withErrors, 'Warning TypeError: fetch failed'),
  ],
  [
    'error(text, Error with a cause)',
    (logger) => logger.error('cannot charge', unreachable()),
    'Warning TypeError: cannot charge fetch failed: getaddrinfo ENOTFOUND billing',
  ],
  [
    'error(text, {err: Error with a cause})',
    (logger) => logger.error('cannot charge', { err: unreachable() }),
    'Warning TypeError: cannot charge: fetch failed: getaddrinfo ENOTFOUND billing',
  ],
  [
    "error('… %s …', Error with a cause)",
    (logger) => logger.error('cannot charge: %s (%d times)', unreachable(), 3),
    'Warning TypeError: cannot charge: fetch failed (3 times): getaddrinfo ENOTFOUND billing',
  ],
  [
    'error(text with the cause, Error with a cause)',
    (logger) => logger.error('getaddrinfo ENOTFOUND billing', { err: unreachable() }),
    'Warning TypeError: getaddrinfo ENOTFOUND billing: fetch failed',
  ],
  [
    'error(text, AggregateError)',
    (logger) => logger.error('all down', rejected()),
    'Warning AggregateError: all down All promises were rejected: east; west',
  ],
  [
    'error(Error with another one as its reason)',
    (logger) => logger.error(new CastError('cast failed')),
    'Warning CastError: cast failed',
  ],
  [
    'error(Error whose class is minified, with a code)',
    (logger) => logger.error(Object.assign(new MINIFIED('conflict'), { code: 'E_CONFLICT' })),
    'Warning EConflict: conflict',
  ],
  [
    'a record of nest-winston with an Error',
    (logger) => logger.log({ level: 'error', message: 'cannot save', stack: [new TypeError('boom')] }),
    'Warning TypeError: cannot save: boom',
  ],
  [
    'a record of nest-winston with a stack',
    (logger) => logger.error({ message: 'cannot save', context: 'Orders', stack: [refused().stack] }),
    'Warning LoggedError: cannot save: connect refused',
  ],
  [
    'a record of nest-winston without a stack',
    (logger) => logger.error({ message: 'cannot save', context: 'Orders', stack: [undefined] }),
    'Warning LoggedError: cannot save',
  ],
  [
    'a record with a field that happens to be called stack',
    (logger) => logger.error('cannot save', { stack: 'production' }),
    'Warning LoggedError: cannot save',
  ],
];
