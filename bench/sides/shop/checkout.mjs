// The service that takes orders and money: each function is one log statement.
import { broker, cache, database, duplicate, http, json, network, plain, property } from './errors.mjs';

export default [
  (log, v) => log.error(`Payment of order ${v.order()} failed`, v.fail(http(v))),
  (log, v) =>
    log.error(
      `Card declined for ${v.user()}: ${v.pick(['insufficient_funds', 'expired_card', 'do_not_honor'])}`,
    ),
  (log, v) => log.error('Could not save order', v.fail(database(v))),
  (log, v) => log.error(`Could not save order ${v.uuid()}`, v.fail(duplicate(v))),
  (log, v) => log.warn(`Coupon ${v.coupon()} is not valid any more`),
  (log, v) => log.warn(`Coupon ${v.coupon()} was used twice by customer ${v.integer(1, 90_000)}`),
  (log, v) => log.error(`Refund of ${v.price()} EUR to ${v.email()} was refused by the bank`),
  (log) => log.error('PAYMENT_API_KEY is not set, payments are off'),
  (log, v) => log.warn(`Basket ${v.token(21)} has expired`),
  (log, v) =>
    log.warn(`Stock of ${v.sku()} is lower than ordered: ${v.integer(0, 9)} of ${v.integer(2, 40)}`),
  (log, v) => log.error(`Webhook with signature ${v.hex(40)} was not from the provider`),
  (log, v) => log.error('Webhook could not be read', { error: v.fail(json(v)), path: '/hooks/pay' }),
  (log, v) => log.error(`Tax service answered ${v.pick([500, 502, 503, 504])} for country ${v.country()}`),
  (log, v) => log.warn(`No tax rate for country ${v.country()}, using the default`),
  (log, v) => log.warn(`Checkout took ${v.ms()}, more than allowed`),
  (log, v) => log.error(`Session ${v.token(16)} belongs to another customer`),
  (log, v) => log.error('Session store is away', v.fail(cache(v))),
  (log, v) => log.error(`Address of ${v.person()} could not be verified`, v.fail(network(v))),
  (log, v) => log.warn(`Postcode ${v.integer(1_000, 99_999)} is unknown in ${v.country()}`),
  (log, v) =>
    log.error(`Order ${v.order()} is in state ${v.pick(['PAID', 'SHIPPED', 'CANCELLED'])}, expected OPEN`),
  (log, v) => log.error(`Invoice for ${v.article()} cannot be rendered`, v.fail(property(v))),
  (log, v) => log.error('order.created was not published', { err: v.fail(broker(v)), topic: 'orders' }),
  (log, v) => log.warn(`[fraud] score ${v.integer(60, 100)} for ${v.email()} from ${v.ip()}`),
  (log, v) =>
    log.error(`[fraud] rule ${v.pick(['velocity', 'country', 'amount'])} threw`, v.fail(property(v))),
  (log, v) => log.warn(`Retrying charge ch_${v.token(24)}, attempt ${v.integer(2, 5)} of 5`),
  (log, v) => log.error(`Charge ch_${v.token(24)} was never confirmed`),
  (log, v) => log.error(`Currency ${v.pick(['XAU', 'BTC', 'VEF', 'ZWL', 'DEM'])} is not supported`),
  (log, v) => log.warn(`Price of ${v.sku()} changed from ${v.price()} to ${v.price()} during checkout`),
  (log, v) => log.error(`Gift card ${v.coupon()}-${v.coupon()} has no balance`),
  (log, v) => log.error(`POST /orders failed after ${v.ms()}`, v.fail(http(v))),
  (log, v) => log.error(`Unhandled error in request ${v.uuid()}`, v.fail(plain(v))),
  (log, v) => log.warn(`Idempotency key ${v.uuid()} was seen before`),
  (log, v) => log.error(`Ledger is off by ${v.price()} EUR on ${v.day()}`),
  (log, v) => log.error('Nightly settlement did not finish', { error: v.fail(database(v)) }),
  (log, v) => log.warn('Pool of database connections is used up', { waiting: v.integer(1, 90) }),
  (log, v) =>
    log.error(`Cannot lock order ${v.order()}: held by ${v.pick(['worker', 'api', 'cron'])}-${v.hex(5)}`),
  (log, v) =>
    log.warn(`Unknown shipping method "${v.pick(['drone', 'pigeon', 'next-hour', 'overnight', 'bike'])}"`),
  (log, v) => log.error(`Exchange rates of ${v.day()} are missing`, { reason: 'RatesMissing' }),
  (log, v) => log.error(`Quantity ${v.integer(-9, 0)} of ${v.article()} makes no sense`),
  (log) => log.warn('Health check: payment provider is degraded'),
];
