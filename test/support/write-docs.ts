/**
 * The parts of the documents that are generated from code. `node --import tsx test/support/write-docs.ts` writes them
 * between their markers. A test fails if one is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCTOR } from '../../src/command/doctor.ts';
import { EMIT } from '../../src/command/emit.ts';
import { helpOf } from '../../src/command/help.ts';
import { RBAC } from '../../src/command/rbac.ts';
import { DIAGNOSTICS } from '../../src/diagnostics.ts';
import { costTable } from './docs/cost.ts';
import { failuresTable } from './docs/failures.ts';
import { fence, table } from './docs/markdown.ts';
import { valuesTable } from './docs/options.ts';
import { FOR_WORKLOAD, grantYaml, rulesTable } from './docs/permissions.ts';
import { keptTable, maskedTable } from './docs/problems.ts';
import { proofTable } from './docs/proof.ts';
import { formatsList, formsTable, librariesTable } from './docs/record-forms.ts';
import { selectorsTable } from './docs/selectors.ts';
import { describedStatements } from './docs/statements.ts';
import { vendorsList } from './docs/vendors.ts';
import { warningsOfSwitches } from './docs/warnings.ts';

const root = join(import.meta.dirname, '../..');

export interface Document {
  path: string;
  /** As it is. */
  text: string;
  /** As it has to be. */
  expected: string;
}

/** By document and marker. */
async function makeParts(): Promise<Record<string, Record<string, string>>> {
  return {
    'SECURITY.md': { vendors: vendorsList() },
    'README.md': { rbac: grantYaml() },
    'docs/approval.md': { cost: await costTable() },
    'docs/command.md': { help: commandHelp() },
    'docs/concepts.md': {
      statements: fence('', await describedStatements()),
      masked: maskedTable(),
      kept: keptTable(),
    },
    'docs/configuration.md': { values: await valuesTable() },
    'docs/delivery.md': { failures: await failuresTable(), proof: await proofTable() },
    'docs/errors.md': { codes: codesTable() },
    'docs/permissions.md': {
      rules: rulesTable(),
      workload: grantYaml(FOR_WORKLOAD),
      other: grantYaml({ namespace: 'sales' }),
      cluster: grantYaml({ namespace: undefined }),
    },
    'docs/record-forms.md': { forms: formsTable(), formats: formatsList(), libraries: librariesTable() },
    'docs/switch-off.md': warningsOfSwitches(),
    'docs/watching.md': { selectors: selectorsTable() },
  };
}

export async function readDocuments(): Promise<Document[]> {
  const parts = Object.entries(await makeParts());
  return Promise.all(
    parts.map(async ([name, content]) => {
      const path = join(root, name);
      const text = await readFile(path, 'utf8');
      let expected = text;
      for (const [marker, part] of Object.entries(content)) expected = replace(expected, name, marker, part);
      return { path, text, expected };
    }),
  );
}

function replace(text: string, name: string, marker: string, part: string): string {
  const start = `<!-- ${marker}:start -->`;
  const end = `<!-- ${marker}:end -->`;
  const [before, rest] = text.split(start);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error(`${name}: expected ${start} and ${end}`);
  return `${before}${start}\n${part}\n${end}${after}`;
}

function codesTable(): string {
  const rows = Object.entries(DIAGNOSTICS).map(([code, { what, fix, processWarning }]) => [
    `\`${code}\``,
    what,
    fix,
    processWarning,
  ]);
  return table(['code', 'what', 'how to fix it', 'process warning'], rows);
}

function commandHelp(): string {
  return [DOCTOR, RBAC, EMIT].map((spec) => fence('', helpOf(spec))).join('\n\n');
}

if (process.argv[1] === import.meta.filename) {
  for (const { path, text, expected } of await readDocuments()) {
    if (text !== expected) await writeFile(path, expected);
  }
}
