import { KubernetesEventsError } from '../diagnostics.ts';
import { type Colour, oneLine, type Paint } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';
import { CommandError } from './io.ts';

/** `note`: worth knowing, but Events can be written all the same. */
export type CheckStatus = 'ok' | 'failed' | 'note' | 'skipped';

/** What one check has found. */
export interface Check {
  name: string;
  status: CheckStatus;
  /** What was found, in words. */
  value: string;
  /** Where the value comes from. */
  source: string | null;
  /** What was said about it, by the API server or the platform. */
  detail: string | null;
  /** What to change: a sentence, or lines to paste. */
  fix: string | null;
  /** The namespace that it is about. */
  namespace: string | null;
}

/** What a check says when it has not failed. */
export interface Finding {
  /** @default 'ok' */
  status?: CheckStatus;
  value: string;
  source?: string | undefined;
  detail?: string | undefined;
  fix?: string | undefined;
}

/**
 * Checks by name, in the order in which things go wrong. One that fails throws a {@link CommandError} or an error of the
 * library. One that needs what an earlier one has found awaits that, and throws its error on: so it is skipped. One that
 * has nothing to say returns nothing.
 */
export type Checks = Readonly<Record<string, () => Finding | undefined | Promise<Finding | undefined>>>;

const MAX_TEXT = 500;

/** Makes checks and keeps what they find. Texts from outside are made safe for a terminal here. */
export class CheckList {
  readonly checks: Check[] = [];
  /** Which check has failed with it. */
  readonly #errors = new Map<unknown, string>();

  /** @param namespace that the checks are about */
  async run(checks: Checks, namespace?: string): Promise<void> {
    for (const [name, check] of Object.entries(checks)) {
      const finding = await this.#find(name, check);
      if (finding === undefined) continue;
      const { status = 'ok', value, source, detail, fix } = finding;
      this.checks.push({
        name,
        status,
        value: shown(value),
        source: source === undefined ? null : shown(source),
        detail: detail === undefined ? null : shown(detail),
        fix: fix ?? null,
        namespace: namespace ?? null,
      });
    }
  }

  async #find(name: string, check: Checks[string]): Promise<Finding | undefined> {
    try {
      return await check();
    } catch (error) {
      const failed = this.#errors.get(error);
      if (failed !== undefined) return { status: 'skipped', value: `not checked: ${failed} failed` };
      if (!(error instanceof CommandError || error instanceof KubernetesEventsError)) throw error;
      this.#errors.set(error, name);
      const more = error instanceof CommandError ? error.more : { detail: error.detail };
      return { status: 'failed', value: error.what, fix: error.fix, ...more };
    }
  }
}

/** A question that is asked when somebody needs its answer, and once. */
export function once<T>(ask: () => T | Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => {
    answer ??= (async () => ask())();
    return answer;
  };
}

function shown(text: string): string {
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
