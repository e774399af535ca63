import { KubernetesEventsError } from '../diagnostics.ts';
import { type Colour, oneLine, type Paint } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';
import { CommandError } from './io.ts';

/** `note`: worth knowing, but Events can be written all the same. */
type CheckStatus = 'ok' | 'failed' | 'note' | 'skipped';

/** What a check says; undefined: nothing. */
export interface Finding {
  /** @default 'ok' */
  status?: CheckStatus;
  /** What was found, in words. */
  value: string;
  /** Where the value comes from. */
  source?: string | undefined;
  /** What was said about it, by the API server or the platform. */
  detail?: string | undefined;
  /** What to change: a sentence, or lines to paste. */
  fix?: string | undefined;
}

/** The same as data: every check has every field. */
export interface Check extends Record<'source' | 'detail' | 'fix' | 'namespace', string | null> {
  name: string;
  status: CheckStatus;
  value: string;
}

/** What a check found that failed, and what to change. */
export function failed(value: string, fix: string | undefined, more: Partial<Finding> = {}): Finding {
  return { status: 'failed', value, fix, ...more };
}

/** Makes checks and keeps what they find. */
export class CheckList {
  readonly checks: Check[] = [];
  /** Lines to paste, each of which is shown once. */
  readonly #pasted = new Set<string>();

  /**
   * Makes a check. One that throws a {@link CommandError} or an error of the library has failed.
   * @param after the failed check, if any, without which this one cannot be made
   * @param namespace that it is about
   * @returns the check that has failed, this one or `after`; undefined: all is well
   */
  async run(
    name: string,
    check: () => Finding | undefined | Promise<Finding | undefined>,
    after?: string,
    namespace: string | null = null,
  ): Promise<string | undefined> {
    const skipped: Finding = { status: 'skipped', value: `not checked: ${after} failed` };
    const finding = after === undefined ? await outcomeOf(check) : skipped;
    if (finding === undefined) return after;
    const { status = 'ok', value, source, detail } = finding;
    const fix = this.#pasted.has(finding.fix ?? '')
      ? 'use the lines above: they are for this too'
      : finding.fix;
    if (fix?.includes('\n')) this.#pasted.add(fix);
    const texts = { value: shown(value), source: shown(source) || null, detail: shown(detail) || null };
    this.checks.push({ name, status, ...texts, fix: fix ?? null, namespace });
    return status === 'failed' ? name : after;
  }
}

async function outcomeOf(check: () => Finding | undefined | Promise<Finding | undefined>) {
  try {
    return await check();
  } catch (error) {
    if (error instanceof KubernetesEventsError)
      return failed(error.what, error.fix, { detail: error.detail });
    if (error instanceof CommandError) return failed(error.what, error.fix);
    throw error;
  }
}

const MAX_TEXT = 500;

/** Text from outside, safe for a terminal. */
function shown(text = ''): string {
  return oneLine(cleanText(text)).trim().slice(0, MAX_TEXT).toWellFormed();
}

const MARKS: Record<CheckStatus, { mark: string; colour: Colour }> = {
  ok: { mark: '✓', colour: 'green' },
  failed: { mark: '✗', colour: 'red' },
  note: { mark: '•', colour: 'yellow' },
  skipped: { mark: '•', colour: 'gray' },
};

const NAME_WIDTH = 12;

/** One check as lines of text; lines to paste stand at the beginning of the line. */
export function toLines({ name, status, value, source, detail, fix }: Check, paint: Paint): string {
  const { mark, colour } = MARKS[status];
  const indent = ' '.repeat(NAME_WIDTH + 2);
  const shownSource = source === null ? '' : ` (${source})`;
  let text = `${paint(colour, mark)} ${name.padEnd(NAME_WIDTH)}${value}${shownSource}\n`;
  if (detail !== null) text += `${indent}${detail}\n`;
  if (fix === null) return text;
  return fix.includes('\n') ? `${text}\n${fix.trimEnd()}\n\n` : `${text}${indent}→ ${fix}\n`;
}
