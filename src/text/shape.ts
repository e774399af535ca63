import { isDigitAt } from './characters.ts';

/** Numbers that are no part of an id, a date or an encoded character; a unit may be behind them. */
const NUMBERS = /(?<![0-9A-Za-z_%-])\d+(?![A-Za-z]*[0-9_-])/g;
const SPECIAL = /[\\^$.*+?()[\]{}|/]/;
const ZERO = 0x30;

/** A text and all that differ from it only in the digits of some of its numbers. It remembers the last that it matched. */
export class Shape {
  readonly #template: string;
  /** Looks through a text several times as fast as a loop over its characters. */
  readonly #here: RegExp;
  /** Where any digit may stand. */
  readonly #free: Uint16Array;
  readonly #digits: Uint8Array;
  #latest: string | undefined;

  /**
   * @param template at most 65,535 characters
   * @param isSame whether another text, with other digits in one of the numbers, means the same
   */
  constructor(template: string, isSame: (text: string) => boolean) {
    this.#template = template;
    this.#free = Uint16Array.from(freeDigits(template, isSame));
    this.#digits = Uint8Array.from(this.#free, (at) => template.charCodeAt(at));
    const characters = template.split('').map((character) => character.replace(SPECIAL, '\\$&'));
    for (const at of this.#free) characters[at] = '\\d';
    this.#here = new RegExp(characters.join(''), 'y');
  }

  /** Whether a text has this shape. */
  matches(text: string): boolean {
    if (text.length !== this.#template.length) return false;
    this.#here.lastIndex = 0;
    if (!this.#here.test(text)) return false;
    this.#latest = text;
    return true;
  }

  /** Keeps the digits of the last text instead of the text: it may be a part of a large one. */
  settle(): void {
    const text = this.#latest;
    if (text === undefined) return;
    for (const [i, at] of this.#free.entries()) this.#digits[i] = text.charCodeAt(at);
    this.#latest = undefined;
  }

  /** The text that was matched last. */
  get text(): string {
    this.settle();
    const characters = this.#template.split('');
    for (const [i, at] of this.#free.entries()) characters[at] = String.fromCharCode(this.#digits[i]!);
    return characters.join('');
  }
}

/** The positions of the digits that mean nothing, number by number. */
function freeDigits(text: string, isSame: (text: string) => boolean): number[] {
  const positions: number[] = [];
  for (const { index, 0: digits } of text.matchAll(NUMBERS)) {
    const end = index + digits.length;
    // What a number is taken for depends on how many digits it has, and not on which.
    const others = digits.replace(/\d/g, (digit) => (digit === '9' ? '0' : '9'));
    if (!isSame(text.slice(0, index) + others + text.slice(end))) continue;
    for (let at = index; at < end; at++) positions.push(at);
  }
  return positions;
}

/** A number that is the same for texts of one shape, and rarely for others. */
export function shapeKeyOf(text: string): number {
  const { length } = text;
  const step = (length >> 4) + 1;
  let key = length;
  for (let at = 0; at < length; at += step)
    key = (Math.imul(key, 31) + (isDigitAt(text, at) ? ZERO : text.charCodeAt(at))) | 0;
  return key;
}
