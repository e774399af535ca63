import { forms, tokens } from '../../../src/text/secret-tokens.ts';

const WIDTH = 150;

/** The vendors whose tokens are recognized by their beginning or their form. */
export function vendorsList(): string {
  const vendors = [...new Set([...tokens, ...forms].map(([vendor]) => vendor))];
  const lines = [''];
  for (const vendor of vendors.sort((one, other) => one.localeCompare(other, 'en'))) {
    if (lines.at(-1)!.length + vendor.length > WIDTH) lines.push('');
    lines[lines.length - 1] += `${lines.at(-1) === '' ? '  ' : ' '}${vendor},`;
  }
  return lines.join('\n').replace(/,$/, '.');
}
