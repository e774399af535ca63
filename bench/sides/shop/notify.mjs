// The service that tells customers by mail, push and SMS: each function is one log statement.
import { broker, cache, database, file, http, json, network, plain, property, smtp } from './errors.mjs';

export default [
  (log, v) => log.error(`Mail to ${v.email()} was not sent`, v.fail(smtp(v))),
  (log, v) => log.error('Mail server is not reachable', v.fail(network(v))),
  (log, v) => log.warn(`Mail to ${v.email()} bounced: mailbox full`),
  (log, v) => log.warn(`Mail to ${v.email()} bounced: no such user ${v.user()}`),
  (log, v) =>
    log.error(
      `Template ${v.pick(['welcome', 'receipt', 'reset-password', 'shipped', 'survey'])} has no subject`,
    ),
  (log, v) =>
    log.error(`Template ${v.pick(['welcome', 'receipt', 'survey'])} cannot be rendered`, v.fail(property(v))),
  (log, v) => log.error(`Attachment of ${v.order()} is missing`, v.fail(file(v))),
  (log, v) => log.warn(`Attachment of ${v.integer(11, 48)} MB was left out`),
  (log, v) => log.error(`Push to device ${v.token(64)} was refused`, v.fail(http(v))),
  (log, v) => log.warn(`Device ${v.token(64)} is not registered any more`),
  (log) => log.error('Push certificate has expired'),
  (log, v) => log.warn(`Push certificate expires in ${v.integer(1, 14)} days`),
  (log, v) =>
    log.error(
      `SMS to +${v.integer(31, 49)}${v.integer(100_000_000, 999_999_999)} was not delivered: code ${v.pick([30003, 30005, 30007])}`,
    ),
  (log, v) => log.warn(`SMS credit is down to ${v.price()} EUR`),
  (log, v) => log.error('Cannot read queue', v.fail(broker(v))),
  (log, v) =>
    log.error(
      `Job ${v.integer(1, 5_000_000)} failed for the ${v.pick(['1st', '2nd', '3rd'])} time`,
      v.fail(plain(v)),
    ),
  (log, v) => log.error(`Job ${v.integer(1, 5_000_000)} was given up and is in the dead letters`),
  (log, v) =>
    log.warn(`Queue ${v.pick(['mail', 'push', 'sms', 'digest'])} is ${v.integer(100, 90_000)} jobs behind`),
  (log, v) => log.warn(`Stalled job ${v.uuid()} is started again`),
  (log, v) => log.error('Lock of the digest cannot be had', v.fail(cache(v))),
  (log, v) => log.error(`Digest for ${v.person()} is empty`),
  (log, v) => log.error(`Digest of ${v.day()} took ${v.integer(61, 900)} minutes`),
  (log, v) => log.error('Settings of customers cannot be read', v.fail(database(v))),
  (log, v) => log.warn(`Customer ${v.integer(1, 90_000)} has no language, using ${v.pick(['en', 'de'])}`),
  (log, v) =>
    log.warn(`Time zone "${v.pick(['Mars/Base', 'GMT+25', 'Europe/Atlantis', 'local'])}" is unknown`),
  (log, v) => log.error(`Unsubscribe link ${v.token(32)} was changed by hand`),
  (log, v) =>
    log.error(
      `Webhook https://${v.user()}.example.net/hook/${v.integer(1, 999)} answered ${v.pick([400, 401, 410, 500])}`,
    ),
  (log, v) =>
    log.warn(
      `Webhook of ${v.pick(['acme', 'globex', 'initech'])} is off after ${v.integer(10, 99)} failures`,
    ),
  (log, v) => log.error('Payload is no JSON', v.fail(json(v))),
  (log, v) =>
    log.error(`Event ${v.pick(['order.paid', 'order.lost', 'user.left', 'cart.left'])} has no listener`),
  (log, v) =>
    log.error(`Listener for ${v.pick(['order.paid', 'user.left'])} threw`, { error: v.fail(property(v)) }),
  (log, v) => log.warn(`Socket ${v.token(20)} closed with code ${v.pick([1001, 1006, 1011])}`),
  (log, v) => log.error(`Socket of ${v.user()} sent ${v.integer(70_000, 900_000)} bytes at once`),
  (log, v) => log.error(`Trace ${v.hex(32)}: consumer for ${v.email()} timed out after ${v.ms()}`),
  (log, v) => log.error(`Campaign "${v.article()} ${v.pick(['week', 'sale', 'news'])}" has no recipients`),
  (log, v) => log.warn(`Campaign ${v.integer(1, 700)} was paused by ${v.user()}`),
  (log, v) => log.error('Slack: channel was not found', { reason: 'ChannelMissing', channel: v.token(9) }),
  (log, v) => log.error(`Token of ${v.user()} has the wrong audience`),
  (log, v) => log.warn(`Login of ${v.user()} from ${v.ip()} was refused (${v.integer(1, 9)} times today)`),
  (log, v) =>
    log.error(`Pod notify-${v.hex(9)}-${v.token(5).toLowerCase()} does not answer`, v.fail(network(v))),
];
