import { KubernetesEventsError } from '../diagnostics.ts';
import { type Colour, oneLine, type Paint } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';
import { CommandError } from './io.ts';

/** `note` is worth knowing, but does not keep Events from being written. */
type CheckStatus = 'ok' | 'failed' | 'note' | 'skipped';

/** What a check has found. */
export interface Finding {
  /** @default 'ok' */
  status?: CheckStatus;
  /** What was found, in words. */
  value: string;
  /** Where the value comes from. */
  source?: string | undefined;
  /** What the API server or the platform said about it. */
  detail?: string | undefined;
  /** What to change: a sentence, or lines to paste. */
  fix?: string | undefined;
}

/** The same for `--json`, where every check has every field. */
export interface Check extends Record<'source' | 'detail' | 'fix' | 'namespace', string | null> {
  name: string;
  status: CheckStatus;
  value: string;
}

export function failed(value: string, fix: string | undefined, more: Partial<Finding> = {}): Finding {
  return { status: 'failed', value, fix, ...more };
}

export class CheckList {
  readonly checks: Check[] = [];
  /** Lines to paste that have been shown. */
  readonly #pasted = new Set<string>();

  /**
   * Runs a check, and adds what it finds. A check that throws a {@link CommandError} or an error of the library has failed.
   * @param after an earlier check that failed, so that this one is skipped
   * @returns the check that failed, this one or `after`; undefined if none did
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
      ? 'apply the lines above, which fix this too'
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

/** Makes text from outside safe for a terminal. */
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

/** A check as text. Lines to paste are not indented. */
export function toLines({ name, status, value, source, detail, fix }: Check, paint: Paint): string {
  const { mark, colour } = MARKS[status];
  const indent = ' '.repeat(NAME_WIDTH + 2);
  const shownSource = source === null ? '' : ` (${source})`;
  let text = `${paint(colour, mark)} ${name.padEnd(NAME_WIDTH)}${value}${shownSource}\n`;
  if (detail !== null) text += `${indent}${detail}\n`;
  if (fix === null) return text;
  return fix.includes('\n') ? `${text}\n${fix.trimEnd()}\n\n` : `${text}${indent}→ ${fix}\n`;
}
