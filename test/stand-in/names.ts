import { invalid } from './rules.ts';
import type { Cause } from './status.ts';

const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelPart = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;

export const isNamePart = (text: string) => namePart.test(text);
export const isLabel = (text: string) => text.length <= 63 && labelPart.test(text);
export const isSubdomain = (text: string) =>
  text.length <= 253 && text.split('.').every((part) => labelPart.test(part));

export function qualifiedName(value: string, field: string): Cause[] {
  const parts = value.split('/');
  if (parts.length > 2) return [invalid(field, 'a valid label key must have at most one prefix')];
  const name = parts.at(-1) ?? '';
  const causes: Cause[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') causes.push(invalid(field, 'prefix part must be non-empty'));
    else if (!isSubdomain(prefix)) causes.push(invalid(field, 'prefix part must be a DNS subdomain'));
  }
  if (name === '') causes.push(invalid(field, 'name part must be non-empty'));
  else if (name.length > 63) causes.push(invalid(field, 'name part must be no more than 63 bytes'));
  if (!isNamePart(name)) causes.push(invalid(field, 'name part must consist of alphanumeric characters'));
  return causes;
}

/** What names of a kind look like. A prefix is a name to which a suffix will be appended. */
export type NameRule = (name: string, field: string, isPrefix: boolean) => Cause[];

export const pathSegment: NameRule = (name, field, isPrefix) => {
  if (!isPrefix && (name === '.' || name === '..')) return [invalid(field, `may not be '${name}'`)];
  return ['/', '%']
    .filter((part) => name.includes(part))
    .map((part) => invalid(field, `may not contain '${part}'`));
};

const named =
  (holds: (name: string) => boolean, what: string): NameRule =>
  (name, field, isPrefix) =>
    holds(isPrefix ? name.replace(/-$/, 'a') : name) ? [] : [invalid(field, `must be a ${what}`)];

export const dnsLabel = named(isLabel, 'DNS label');
export const dnsSubdomain = named(isSubdomain, 'DNS subdomain');
