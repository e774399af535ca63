import { type Colour, oneLine, type Paint } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';

/** `note`: worth knowing, but Events can be written all the same. */
export type CheckStatus = 'ok' | 'failed' | 'note' | 'skipped';

/**
 * The names of the checks, in their order. `setting` is there only when it is wrong; `permission` and `write` are there
 * for each namespace.
 */
export type CheckName =
  | 'setting'
  | 'cluster'
  | 'credentials'
  | 'token'
  | 'server'
  | 'certificate'
  | 'user'
  | 'pod'
  | 'namespace'
  | 'uid'
  | 'node'
  | 'component'
  | 'permission'
  | 'lookup'
  | 'write';

/** What one check has found. */
export interface Check {
  name: CheckName;
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

type More = Partial<Record<'source' | 'detail' | 'fix' | 'namespace', string | undefined>>;

const MAX_TEXT = 500;

/** The checks so far. Texts from outside are made safe for a terminal when they are added. */
export class CheckList {
  readonly checks: Check[] = [];

  add(name: CheckName, status: CheckStatus, value: string, more: More = {}): void {
    const { source, detail, fix, namespace } = more;
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

  /** Adds a check that cannot be made because an earlier one failed. */
  skip(name: CheckName, namespace?: string): void {
    this.add(name, 'skipped', `not checked: ${this.#firstFailure() ?? 'an earlier check'} failed`, {
      namespace,
    });
  }

  hasFailed(name: CheckName, namespace?: string): boolean {
    return this.checks.some(
      (check) =>
        check.name === name &&
        check.status === 'failed' &&
        (namespace === undefined || check.namespace === namespace),
    );
  }

  /** Makes a failure a note: a later check has shown that it does no harm. */
  excuse(name: CheckName, detail: string): void {
    const check = this.checks.find((each) => each.name === name && each.status === 'failed');
    if (check !== undefined) Object.assign(check, { status: 'note', detail: shown(detail), fix: null });
  }

  get isOk(): boolean {
    return this.#firstFailure() === undefined;
  }

  /** A wrong setting comes last: it stops the library, but no other check. */
  #firstFailure(): CheckName | undefined {
    const failed = this.checks.filter(({ status }) => status === 'failed').map(({ name }) => name);
    return failed.find((name) => name !== 'setting') ?? failed[0];
  }
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
