// The records that are measured, by the form in which they are logged.
import { MESSAGES } from './messages.mjs';

const { POD_NAMESPACE } = process.env;
const DEPLOYMENT = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'checkout', namespace: POD_NAMESPACE },
  uid: '5b1c1e0f-7a52-4b3c-9a55-2d3f1c6b7a10',
};

const fieldsOf = (i) => ({
  ...{ order: 48_000 + i, attempt: i % 3, currency: 'EUR', isRetried: i % 3 > 0 },
  customer: { id: `c-${i % 997}`, country: 'IN', tags: ['wholesale', 'prepaid'] },
});

/** Records with a message and nothing else. */
const text = (make) => ({ make, log: (logger, message) => logger.error(message) });

/**
 * `make` builds the contents of the record with this number, outside the measured time. `log` is the call. `open` creates
 * the logger that is called, if that is not the one with the transport.
 */
export const RECORDS = {
  repeated: text(MESSAGES.repeated),
  numbers: text(MESSAGES.numbers),
  words: text(MESSAGES.words),
  belowLevel: { make: MESSAGES.repeated, log: (logger, message) => logger.info(message) },
  error: {
    make: () => new Error('connect ECONNREFUSED 10.96.0.17:443'),
    log: (logger, error) => logger.error('cannot charge the order', error),
  },
  errorField: {
    make: () => ({ error: new Error('connect ECONNREFUSED 10.96.0.17:443') }),
    log: (logger, fields) => logger.error('cannot charge the order', fields),
  },
  errorAlone: {
    make: () => new Error('connect ECONNREFUSED 10.96.0.17:443'),
    log: (logger, error) => logger.error(error),
  },
  /** Each record is about a different object. */
  news: {
    make: (i) => ({
      regarding: {
        ...DEPLOYMENT,
        ...{ name: `web-${i}`, uid: `a3a1f6d2-1f5e-4c6f-9d2b-${String(i).padStart(12, '0')}` },
      },
      message: MESSAGES.words(i),
    }),
    log: (logger, { message, regarding }) => logger.error(message, { regarding }),
  },
  fields: { make: fieldsOf, log: (logger, fields) => logger.error('cannot charge the order', fields) },
  child: {
    open: (logger) => logger.child({ regarding: DEPLOYMENT, reason: 'ChargeFailed', tenant: 'acme' }),
    make: MESSAGES.repeated,
    log: (logger, message) => logger.error(message),
  },
};
