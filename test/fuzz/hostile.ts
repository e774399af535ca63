import { inspect } from 'node:util';
import { LEVEL, SPLAT } from 'triple-beam';
import { seededRandom } from '../support/random.ts';

export type Fields = Record<string | symbol, unknown>;

const LARGE = 10 * 1024 * 1024;
/** Made once: what costs is to read them. */
const largeTexts = [
  'x'.repeat(LARGE),
  '%s'.repeat(LARGE / 2),
  '\u202e\0'.repeat(LARGE / 8),
  'password='.repeat(LARGE / 9),
  `Error: ${'\n    at f (file.js:1:1)'.repeat(LARGE / 24)}`,
  '1'.repeat(LARGE),
  '"'.repeat(LARGE),
  '😀'.repeat(LARGE / 8),
];
const largeBuffer = Buffer.alloc(LARGE);
const hugeAnnotations = Object.fromEntries(
  Array.from({ length: 400 }, (_, i) => [`a${i}`, 'x'.repeat(2000)]),
);
const largeArray = new Uint16Array(LARGE);
/** Of many more levels, winston writes no JSON: it throws, after a long search for cycles. */
const DEEPEST_JSON = 300;

const SNIPPETS = [
  ...[
    '',
    ' ',
    '\n',
    '\t\r\n',
    'cannot save',
    'undefined',
    'null',
    '__proto__',
    'constructor',
    '(no message)',
  ],
  ...[
    '%s',
    '%d %i %f %j %o %O %c %%',
    '%',
    '%0',
    '{}',
    '[object Object]',
    '\\',
    '"',
    "'",
    '`',
    '$' + '{x}',
    '\\u0000',
  ],
  ...[
    '\0',
    '\u0007',
    '\u001b[31mred\u001b[0m',
    '\u001b]8;;http://x\u0007link\u001b]8;;\u0007',
    '\u001b[',
    '\u009b1m',
  ],
  ...[
    '\u202e',
    '\u2066',
    '\u200e',
    '\u061c',
    '\u2028',
    '\u2029',
    '\u200b',
    '\ufeff',
    '\u00ad',
    '\u206a',
    '\ufff9',
  ],
  ...[
    '\ud800',
    '\udc00',
    '\udbff\udfff',
    '\u{1f600}',
    '\u{e0001}',
    '\u{10ffff}',
    '\ufdd0',
    '\uffff',
    'e\u0301',
    'ﬃ',
  ],
  ...['İ', 'ß', 'ſ', 'K', '٣', '漢字', 'क्षि', '👩‍👩‍👧‍👦', '\u{1f1e9}\u{1f1ea}'],
  ...[
    '\n    at f (file.js:1:1)',
    'Error: x\n    at <anonymous>',
    'password=hunter2',
    'Bearer abcdefgh12345678',
  ],
  ...[
    '3fa85f64-5717-4562-b3fc-2c963f66afa6',
    '10.0.0.1:80',
    '2024-01-02T03:04:05Z',
    '1e999',
    '-0',
    '12345678901234567890',
  ],
];

function bang(): never {
  throw new Error('bang');
}

class Payment {
  amount = 1;
  #secret = 2;
  get total(): number {
    return this.amount + this.#secret;
  }
}

/** Values of all kinds and records that nobody would log on purpose, the same for the same seed. */
export class Hostile {
  readonly #random: () => number;
  readonly #namespaces: readonly string[];
  readonly #isLarge: boolean;
  /** How often a value of ours was read, by whatever means. */
  reads = 0;

  /**
   * @param namespaces that exist; other valid names are not used, since nothing can be written there
   * @param isLarge with values of many megabytes and without end, which the formats of winston do not survive
   */
  constructor(seed: number, namespaces: readonly string[], isLarge: boolean) {
    this.#isLarge = isLarge;
    this.#random = seededRandom(seed);
    this.#namespaces = namespaces;
  }

  below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  text(): string {
    const kind = this.below(400);
    if (kind === 0 && this.#isLarge) return this.pick(largeTexts);
    if (kind < 40) return this.#anyCharacters(1 + this.below(40));
    if (kind < 50) return this.pick(SNIPPETS).repeat(1 + this.below(3000));
    return Array.from({ length: 1 + this.below(5) }, () => this.pick(SNIPPETS)).join(
      this.pick(['', ' ', ': ']),
    );
  }

  /** Of every plane, surrogates included. */
  #anyCharacters(length: number): string {
    let text = '';
    for (let i = 0; i < length; i++) {
      const plane = this.pick([0, 0, 1, 2, 14, 15, 16]);
      text +=
        this.below(4) === 0
          ? String.fromCharCode(this.below(0x10000))
          : String.fromCodePoint(plane * 0x10000 + this.below(0x10000));
    }
    return text;
  }

  name(): string {
    return this.pick([
      ...[
        'web-1',
        'Web_1',
        'a.b.c',
        '.',
        '..',
        'a/b',
        'a%2fb',
        '-',
        '--',
        '...-..',
        'x'.repeat(253),
        'x'.repeat(254),
      ],
      ...[
        'system:serviceaccount:a:b',
        'ünïcode',
        '名前',
        '\u202eweb',
        'web\n',
        'a b',
        '\0',
        '\ud800',
        'é'.repeat(253),
      ],
      ...['😀'.repeat(126), `-${'.'.repeat(200)}-`, '__proto__', 'constructor', this.text()],
    ]);
  }

  namespace(): unknown {
    const text = this.text();
    const other = /^[-a-z0-9]{1,63}$/.test(text) ? '-' : text;
    return this.pick([
      ...this.#namespaces,
      undefined,
      null,
      '',
      'UPPER',
      'a/b',
      '..',
      'x'.repeat(64),
      7,
      other,
    ]);
  }

  /** A Kubernetes object, right or wrong. */
  object(): unknown {
    const kind = this.pick([
      'Pod',
      'Deployment',
      'Node',
      'Namespace',
      'Widget',
      'ClusterThing',
      'pod',
      '',
      'a b',
      7,
      undefined,
    ]);
    const apiVersion = this.pick([
      'v1',
      'apps/v1',
      'example.com/v1',
      'a/b/c',
      '',
      'V1!',
      undefined,
      null,
      {},
    ]);
    const uid = this.pick([
      undefined,
      '',
      '3fa85f64-5717-4562-b3fc-2c963f66afa6',
      this.text(),
      7,
      'é'.repeat(128),
    ]);
    const fieldPath = this.pick([undefined, 'spec.containers{app}', this.text(), 7]);
    const [name, namespace] = [this.name(), this.namespace()];
    return this.pick<() => unknown>([
      () => ({ apiVersion, kind, metadata: { name, namespace, uid } }),
      () => ({ apiVersion, kind, name, namespace, uid, fieldPath }),
      () => ({
        kind: 'AdmissionReview',
        request: this.pick([{ kind: { kind, group: '', version: 'v1' }, name, namespace }, null]),
      }),
      () => ({ type: 'ADDED', object: { apiVersion, kind, metadata: { name, namespace } } }),
      () => ({
        apiVersion,
        kind,
        metadata: { generateName: 'x-', ownerReferences: this.value(2), namespace },
      }),
      () => ({ apiVersion, kind, metadata: this.value(2) }),
      () => ({ kind: 'AdmissionReview', request: this.value(2) }),
      () => this.pick(['deployment/web', 'deploy/', '/', 'pods.v1/x', 'pod/a/b', `pod/${this.name()}`]),
      () => this.pick(['pod', 'workload', null, undefined]),
      () => this.value(2),
    ])();
  }

  error(depth: number): unknown {
    const make = this.pick([
      Error,
      TypeError,
      AggregateError as unknown as ErrorConstructor,
      class HTTPError2 extends Error {},
    ]);
    const error = new make(this.text().slice(0, 20_000)) as Error & Fields;
    for (let i = this.below(3); i > 0; i--) {
      const field = this.pick([
        'message',
        'name',
        'stack',
        'code',
        'cause',
        'errors',
        'constructor',
        'toString',
        'reason',
      ]);
      const value = this.value(depth - 1);
      try {
        if (this.below(4) === 0) Object.defineProperty(error, field, { get: bang, enumerable: true });
        else error[field] = value;
      } catch {
        // Some can be set only once.
      }
    }
    return error;
  }

  /** Any value of JavaScript, hostile ones more often than they are met. */
  value(depth = 3): unknown {
    const simple: (() => unknown)[] = [
      () => this.text(),
      () => this.text(),
      () => this.pick([0, -0, 1, 1.5, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, 1e308]),
      () => this.pick([true, false, null, undefined, 2n ** 70n, -1n]),
      () => this.pick([Symbol('x'), Symbol.iterator, Symbol.for('level')]),
      () =>
        this.pick([
          new Date(0),
          new Date(Number.NaN),
          /x/g,
          new Map([[1, 2]]),
          new Set([1]),
          new WeakMap(),
          Promise.resolve(1),
        ]),
      () =>
        this.pick([Buffer.from([0, 255, 128]), new Uint8Array(3), new ArrayBuffer(8), new Float64Array(2)]),
      () =>
        this.pick([bang, class A {}, () => this.text(), async () => {}, function* () {}, Math.max, Proxy]),
      () =>
        this.pick([
          () => this.#large(),
          () => Object.create(null),
          () => new Payment(),
          () => this.#shared(),
        ])(),
      () => new (this.pick([String, Boolean, Number]))(this.below(2)),
    ];
    if (depth <= 0) return this.pick(simple)();
    const nested: (() => unknown)[] = [
      () => Array.from({ length: this.below(5) }, () => this.value(depth - 1)),
      () => this.fields(depth - 1),
      () => this.fields(depth - 1),
      () => this.error(depth - 1),
      () => this.error(depth - 1),
      () => this.#cycle(),
      () => this.#deep(),
      () => this.#proxy(depth),
      () => this.#shifting(),
      () => ({
        [this.pick(['toString', 'toJSON', 'valueOf', 'then', 'length'])]: this.pick<unknown>([
          bang,
          7,
          () => this.text(),
        ]),
      }),
      () => ({
        [this.pick([Symbol.toPrimitive, Symbol.toStringTag, Symbol.iterator, inspect.custom])]:
          this.pick<unknown>([bang, 7]),
      }),
      () =>
        JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"prototype":1}'),
      () => Object.freeze(this.fields(depth - 1)),
      () =>
        Object.setPrototypeOf(
          this.fields(depth - 1),
          this.pick([null, Array.prototype, Error.prototype, Date.prototype]),
        ),
    ];
    return this.pick([...simple, ...nested])();
  }

  fields(depth: number): Fields {
    const fields: Fields = {};
    for (let i = this.below(4); i > 0; i--) {
      const key = this.pick<string | symbol>([
        'a',
        '0',
        'length',
        'then',
        'toJSON',
        this.text().slice(0, 100),
        Symbol('k'),
        LEVEL,
      ]);
      const value = this.value(depth);
      const has = this.below(6) === 0 ? { get: bang } : { value, writable: true };
      Object.defineProperty(fields, key, { ...has, enumerable: true, configurable: true });
    }
    return fields;
  }

  /** winston writes into the objects that it is given. */
  #shared(): unknown {
    return this.#isLarge ? this.pick<unknown>([globalThis, Object.prototype]) : {};
  }

  #large(): unknown {
    if (!this.#isLarge) return [];
    // Only the one that is picked is made.
    return this.pick<() => unknown>([
      () => new Array(1e9),
      () => new Array(100_000).fill('x'),
      () => largeBuffer,
      () => largeArray,
    ])();
  }

  #cycle(): unknown {
    const value: Fields = { name: 'loop', list: [] };
    value['self'] = value;
    (value['list'] as unknown[]).push(value, value);
    return value;
  }

  #deep(): unknown {
    let value: unknown = 'end';
    const isArray = this.below(2) === 0;
    const depth = this.#isLarge ? 20_000 : DEEPEST_JSON;
    for (let i = 0; i < depth; i++) value = isArray ? [value] : { value };
    return value;
  }

  /** Never says the same twice. */
  #shifting(): unknown {
    const next = (field: string) => () => {
      this.reads++;
      // Words may be the name of a namespace that does not exist.
      if (field === 'namespace') return this.pick([...this.#namespaces, undefined, 'a/b']);
      return this.pick<unknown>([this.name(), 7, null, undefined, {}, 'Pod', 'V1']);
    };
    const fields = [
      'kind',
      'name',
      'metadata',
      'apiVersion',
      'namespace',
      'message',
      'stack',
      'length',
      'uid',
    ];
    return Object.defineProperties(
      {},
      Object.fromEntries(fields.map((field) => [field, { get: next(field), enumerable: true }])),
    );
  }

  #proxy(depth: number): unknown {
    const target = this.pick<object>([{}, [], new Error('boom'), bang, this.fields(0)]);
    const throwing = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((trap) => [trap, bang]));
    const endless: ProxyHandler<object> = {
      // An object that has an object of the same kind in each of its fields.
      get: (_target, key) => {
        this.reads++;
        return typeof key === 'symbol' ? undefined : new Proxy({}, endless);
      },
      has: () => true,
    };
    const kind = this.below(4);
    if (kind === 0) {
      const { proxy, revoke } = Proxy.revocable(target, {});
      revoke();
      return proxy;
    }
    if (kind === 1 && this.#isLarge) return new Proxy(target, endless);
    if (kind === 2) return new Proxy(target, {});
    return new Proxy(depth > 1 ? target : {}, throwing as ProxyHandler<object>);
  }

  reason(): unknown {
    return this.pick<unknown>([
      'Failed',
      'Failed',
      'OutOfDisk',
      'lower',
      'x'.repeat(129),
      '',
      7,
      'A b',
      this.text(),
      this.value(1),
    ]);
  }

  /** A record as winston hands it over, or anything else. */
  record(): unknown {
    if (this.below(40) === 0) return this.value(2);
    const record: Fields = {
      level: 'error',
      [LEVEL]: 'error',
      message: this.below(3) === 0 ? this.value() : this.text(),
    };
    const add = (key: string | symbol, value: unknown) => {
      if (this.below(30) === 0)
        Object.defineProperty(record, key, { get: bang, enumerable: true, configurable: true });
      else record[key] = value;
    };
    if (this.below(2) === 0) add('regarding', this.object());
    if (this.below(6) === 0) add('related', this.object());
    if (this.below(3) === 0) add('reason', this.reason());
    if (this.below(8) === 0) add('action', this.reason());
    if (this.below(4) === 0) add('eventKey', this.below(2) === 0 ? this.text() : this.value(1));
    if (this.below(4) === 0)
      add(
        SPLAT,
        this.below(6) === 0 ? this.value(1) : Array.from({ length: this.below(5) }, () => this.value(2)),
      );
    if (this.below(4) === 0) add('tenant', this.value(2));
    if (this.below(8) === 0) add('stack', this.value(1));
    if (this.below(8) === 0) add('error', this.error(2));
    if (this.below(20) === 0) add(this.pick(['exception', 'rejection']), this.pick<unknown>([true, 1]));
    if (this.below(20) === 0)
      add(this.pick(['level', LEVEL]), this.pick<unknown>(['warn', 'odd', 7, this.text(), Symbol('x')]));
    if (this.below(20) === 0) add(this.pick(['__proto__', 'constructor', 'prototype']), this.value(1));
    if (this.below(30) > 0) return record;
    try {
      return Object.defineProperties(this.error(1), Object.getOwnPropertyDescriptors(record));
    } catch {
      return record;
    }
  }

  /** What a caller may hand to `EventRecorder.record()`. */
  input(): unknown {
    if (this.below(40) === 0) return this.value(2);
    const annotations = (): unknown =>
      this.pick<() => unknown>([
        () => ({ 'example.com/run': this.text() }),
        () => ({ [this.text()]: this.text() }),
        () => this.value(2),
        // All that are kept are read, which takes 5 ms.
        () => (this.below(4) === 0 ? hugeAnnotations : { a: 'x'.repeat(2000) }),
      ])();
    return {
      type: this.pick<unknown>(['Warning', 'Normal', 'warning', 7, undefined]),
      regarding: this.object(),
      reason: this.reason(),
      message: this.below(4) === 0 ? this.value() : this.text(),
      ...(this.below(4) === 0 && { action: this.reason() }),
      ...(this.below(4) === 0 && { related: this.object() }),
      ...(this.below(4) === 0 && { annotations: annotations() }),
      ...(this.below(4) === 0 && { eventKey: this.below(2) === 0 ? this.text() : this.value(1) }),
    };
  }
}
