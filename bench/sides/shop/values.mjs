// The varying parts of the messages of the shop. The same seed gives the same values.
import { compileFunction } from 'node:vm';

const FIRST =
  'amelie,ben,carla,dmitri,elif,frank,gita,hugo,ines,jonas,kemal,lucia,mira,nils,oksana,pavel'.split(',');
const LAST = 'abbott,bauer,castro,duval,eriksen,fontana,gupta,horvat,ito,jensen,kaplan,lindt,meyer'.split(
  ',',
);
const ARTICLES =
  'teapot,bicycle bell,desk lamp,rain jacket,wool socks,garden hose,coffee mill,notebook,backpack'.split(',');
const HEX = '0123456789abcdef';
const CAPITALS = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const LETTERS = `${CAPITALS}abcdefghijkmnopqrstuvwxyz`;

/** A generator of numbers from 0 to 1 (xorshift with a last multiplication). */
export function randomFrom(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x2545f491) >>> 0) / 2 ** 32;
  };
}

// As in a driver: the first frame of the error's stack is in node_modules, and the next one is the caller.
const fail = compileFunction(
  `const error = new Error(shape.message);
   if (shape.name !== undefined) error.name = shape.name;
   if (shape.code !== undefined) error.code = shape.code;
   this.called = shape.name ?? shape.code ?? '';
   return error;`,
  ['shape'],
  { filename: '/app/node_modules/driver/index.js' },
);

export class Values {
  /** The name of the last error that was created; empty if there was none. */
  called = '';
  #random;

  constructor(seed) {
    this.#random = randomFrom(seed);
  }

  fail = fail;
  pick = (list) => list[Math.floor(this.#random() * list.length)];
  integer = (least, most) => least + Math.floor(this.#random() * (most - least + 1));
  #text = (alphabet, length) => Array.from({ length }, () => this.pick([...alphabet])).join('');

  hex = (length) => this.#text(HEX, length);
  token = (length) => this.#text(LETTERS, length);
  coupon = () => this.pick(['SPRING', 'WELCOME', 'VIP-', '']) + this.#text(CAPITALS, 6);
  uuid = () => [8, 4, 4, 4, 12].map(this.hex).join('-');
  ip = () => `10.${this.integer(0, 7)}.${this.integer(0, 255)}.${this.integer(1, 254)}`;
  ms = () => `${this.integer(3, 30_000)}ms`;
  price = () => `${this.integer(1, 900)}.${this.#text('0123456789', 2)}`;
  order = () => `ORD-${this.integer(1, 999_999)}`;
  sku = () => `${this.#text(CAPITALS, 3)}-${this.integer(10, 9_999)}`;
  user = () =>
    this.pick([
      this.pick(FIRST),
      `${this.pick(FIRST)}.${this.pick(LAST)}`,
      `${this.pick(FIRST)}${this.integer(1, 99)}`,
    ]);
  person = () =>
    [this.pick(FIRST), this.pick(LAST)].map((name) => name[0].toUpperCase() + name.slice(1)).join(' ');
  email = () => `${this.user()}@${this.pick(['example.com', 'post.example.org', 'mail.example.net'])}`;
  article = () => this.pick(ARTICLES);
  day = () => `2026-0${this.integer(1, 9)}-${this.integer(10, 28)}`;
  country = () => this.pick(['DE', 'FR', 'PL', 'US', 'JP', 'BR', 'NL', 'IN', 'SE', 'MX', 'IT', 'KR']);
}
