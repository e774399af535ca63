import type { Answer, Column, Question, Table, Target } from './question.ts';
import type { Environment, Results } from './results.ts';

/** `docs/benchmarks.md`. */
export function renderDocument(questions: Question[], { environment, answers }: Results): string {
  const answered = questions.flatMap((question) => {
    const answer = answers[question.name];
    return answer === undefined ? [] : [{ question, answer }];
  });
  const targets = answered.flatMap(({ answer }) => answer.targets);
  const dates = answered.map(({ answer }) => answer.date).sort();
  return `${[
    '# Benchmarks',
    `This page shows what this transport costs, compared with what people would use instead. \`npm run bench\` measures everything
and writes this page. \`npm run bench -- ${questions[0]!.name}\` measures one question again. Each candidate runs in new processes, in turn with the
others. The figures are medians. The times are those of one machine. Expect similar ratios on other machines, not the same times.`,
    `- machine: ${environment.machine}
- Node ${environment.node}
- ${versionsOf(environment)}
- measured ${[...new Set([dates[0], dates.at(-1)])].join(' to ')}
- ${targets.filter(isReached).length} of ${targets.length} targets reached`,
    ...answered.map(({ question, answer }) => renderAnswer(question, answer)),
  ].join('\n\n')}\n`;
}

/** The part of the document that answers one question. */
export function renderAnswer(
  { title, how }: Question,
  { table, targets, environment }: Answer & { environment?: Environment },
): string {
  const parts = [`## ${title}`, how];
  if (environment !== undefined) {
    const { machine, node } = environment;
    parts.push(`Counted separately, on ${machine}, with Node ${node}, ${versionsOf(environment)}.`);
  }
  parts.push(renderTable(table));
  if (targets.length > 0) parts.push(renderTable(targetTable(targets)));
  return parts.join('\n\n');
}

function versionsOf({ packages }: Environment): string {
  return Object.entries(packages)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ');
}

function isReached({ measured, atMost }: Target): boolean {
  return measured <= atMost;
}

function targetTable(targets: Target[]): Table {
  return {
    columns: [{ name: 'target' }, { name: 'at most' }, { name: 'measured' }, { name: 'reached' }],
    rows: targets.map((target) => {
      const { what, measured, atMost, unit = '', digits = 2 } = target;
      const show = (value: number) => `${format(value, digits)} ${unit}`.trim();
      return [what, show(atMost), show(measured), isReached(target) ? 'yes' : '**no**'];
    }),
  };
}

function renderTable({ columns, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  const isNumeric = (index: number) => rows.some((row) => typeof row[index] === 'number');
  const cell = (value: number | string | null | undefined, { digits }: Column) =>
    typeof value === 'number' ? format(value, digits ?? 0) : (value ?? '');
  return [
    line(columns.map(({ name }) => name)),
    line(columns.map((_, index) => (isNumeric(index) ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((column, index) => cell(row[index], column)))),
  ].join('\n');
}

function format(value: number, digits: number): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
