// The service that knows articles, pictures and prices: each function is one log statement.
import { broker, cache, database, file, http, json, network, plain, property } from './errors.mjs';

export default [
  (log, v) => log.error(`Article ${v.sku()} not found`),
  (log, v) => log.error(`Import of ${v.article()} failed: ${v.fail(json(v)).message}`),
  (log, v) => log.error(`Import file feeds/${v.day()}/${v.hex(8)}.csv is empty`),
  (log, v) =>
    log.error(`Row ${v.integer(1, 80_000)} of the feed has ${v.integer(3, 11)} columns, expected 12`),
  (log, v) => log.error('Search index is not reachable', v.fail(network(v))),
  (log, v) => log.error(`Search for "${v.article()}" failed`, v.fail(http(v))),
  (log, v) =>
    log.warn(`Search for "${v.article()} ${v.pick(['blue', 'xl', 'cheap', 'for kids'])}" found nothing`),
  (log, v) =>
    log.warn(`Slow query (${v.ms()}): select * from articles where id = ${v.integer(1, 2_000_000)}`),
  (log, v) => log.error(`Picture ${v.hex(32)} cannot be resized`, v.fail(file(v))),
  (log, v) => log.warn(`Picture of ${v.article()} is ${v.integer(5, 60)} MB large`),
  (log, v) => log.error(`Upload by ${v.user()} was broken off at ${v.integer(1, 99)}%`),
  (log, v) =>
    log.error(`GET https://cdn.shop.example/img/${v.hex(16)}.webp?w=${v.integer(100, 2_000)} answered 404`),
  (log, v) => log.error('Cache cannot be read', v.fail(cache(v))),
  (log, v) => log.error('Cache cannot be written', v.fail(cache(v))),
  (log, v) => log.warn(`Key price:${v.sku()}:${v.country()} was evicted too early`),
  (log, v) => log.error(`Category ${v.integer(1, 400)} is its own parent`),
  (log, v) =>
    log.error(
      `Category "${v.article()}" has no name in ${v.pick(['de', 'fr-CA', 'pt-BR', 'ja', 'sv', 'pl'])}`,
    ),
  (log, v) =>
    log.warn(
      `Translation ${v.pick(['title', 'detail.text', 'meta.keywords', 'cta'])} is missing for ${v.sku()}`,
    ),
  (log, v) => log.error('Articles cannot be loaded', v.fail(database(v))),
  (log, v) => log.error('Categories cannot be loaded', v.fail(database(v))),
  (log, v) => log.error(`Price ${v.price()} of ${v.sku()} is below cost ${v.price()}`),
  (log, v) => log.error('Prices cannot be computed', { error: v.fail(property(v)) }),
  (log, v) => log.warn(`Supplier ${v.person()} has sent no stock since ${v.day()}T04:00:00.000Z`),
  (log, v) =>
    log.error(
      `Supplier API of ${v.pick(['nordwind', 'acme', 'globex', 'initech', 'umbrella'])} is down`,
      v.fail(network(v)),
    ),
  (log, v) => log.warn(`Rate limit of the supplier reached, waiting ${v.integer(1, 120)}s`),
  (log, v) => log.error(`Consumer of partition ${v.integer(0, 11)} left the group`, v.fail(broker(v))),
  (log, v) =>
    log.warn(`Message at offset ${v.integer(100, 9_000_000)} was skipped: ${v.fail(json(v)).message}`),
  (log, v) => log.error(`Review by ${v.email()} contains words that are not allowed`),
  (log, v) => log.warn(`Review ${v.uuid()} was reported ${v.integer(2, 60)} times`),
  (log) => log.error('Sitemap could not be written: disk is full'),
  (log, v) => log.error(`Sitemap has ${v.integer(50_001, 99_999)} entries, at most 50000 are allowed`),
  (log, v) => log.warn(`Feature flag ${v.pick(['new-search', 'bulk_edit', 'ai-texts', 'dark'])} is unknown`),
  (log, v) =>
    log.error(`Job ${v.pick(['reindex', 'thumbnails', 'feeds', 'prune'])} failed`, {
      error: v.fail(plain(v)),
      job: v.uuid(),
    }),
  (log, v) => log.error(`Worker ${v.integer(1, 16)} ended with exit code ${v.pick([1, 134, 137, 143])}`),
  (log, v) => log.warn(`Heap of ${v.integer(800, 1_500)} MB, asking the load balancer to wait`),
  (log, v) =>
    log.error(`Variant ${v.sku()}/${v.pick(['red', 'navy', 'olive', 'sand', 'black'])} exists twice`),
  (log, v) => log.warn(`Bundle ${v.integer(1, 900)} contains ${v.article()}, which is sold out`),
  (log, v) => log.error(`No permission: ${v.user()} may not edit ${v.article()}`, { reason: 'EditRefused' }),
  (log, v) => log.warn(`Client ${v.ip()} asks for ${v.integer(200, 5_000)} pages a minute`),
  (log, v) => log.error('Request failed', v.fail(plain(v))),
];
