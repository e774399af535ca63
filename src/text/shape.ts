import { isDigitAt } from './characters.ts';

/** Numbers that are not part of an id, a date or an encoded character. A unit may follow. */
const NUMBERS = /(?<![0-9A-Za-z_%-])\d+(?![A-Za-z]*[0-9_-])/g;
const SPECIAL = /[\\^$.*+?()[\]{}|/]/;
const ZERO = 0x30;

/**
 * A text, and all texts that differ from it only in the digits of some numbers. It remembers the last text that it matched.
 */
export class Shape {
  readonly #template: string;
  /** Matches the texts of this shape. It is several times as fast as a loop over the characters. */
  readonly #here: RegExp;
  /** The positions where any digit is allowed. */
  readonly #free: Uint16Array;
  readonly #digits: Uint8Array;
  #latest: string | undefined;

  /**
   * @param template at most 65,535 characters
   * @param isSame returns true if a text with other digits in one of the numbers means the same
   */
  constructor(template: string, isSame: (text: string) => boolean) {
    this.#template = template;
    this.#free = Uint16Array.from(freeDigits(template, isSame));
    this.#digits = Uint8Array.from(this.#free, (at) => template.charCodeAt(at));
    const characters = template.split('').map((character) => character.replace(SPECIAL, '\\$&'));
    for (const at of this.#free) characters[at] = '\\d';
    this.#here = new RegExp(characters.join(''), 'y');
  }

  /** True if a text has this shape. */
  matches(text: string): boolean {
    if (text.length !== this.#template.length) return false;
    this.#here.lastIndex = 0;
    if (!this.#here.test(text)) return false;
    this.#latest = text;
    return true;
  }

  /** Keeps the digits of the last text instead of the text itself, which may be part of a large text. */
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

/** The positions of the digits of all numbers whose value means nothing. */
function freeDigits(text: string, isSame: (text: string) => boolean): number[] {
  const positions: number[] = [];
  for (const { index, 0: digits } of text.matchAll(NUMBERS)) {
    const end = index + digits.length;
    // What a number is recognized as depends on how many digits it has, not on which ones.
    const others = digits.replace(/\d/g, (digit) => (digit === '9' ? '0' : '9'));
    if (!isSame(text.slice(0, index) + others + text.slice(end))) continue;
    for (let at = index; at < end; at++) positions.push(at);
  }
  return positions;
}

/** A number that is the same for all texts of one shape, and rarely the same for other texts. */
export function shapeKeyOf(text: string): number {
  const { length } = text;
  const step = (length >> 4) + 1;
  let key = length;
  for (let at = 0; at < length; at += step)
    key = (Math.imul(key, 31) + (isDigitAt(text, at) ? ZERO : text.charCodeAt(at))) | 0;
  return key;
}
