import { badRequest, type Json } from './status.ts';

/** A predicate on objects for `a=b,c!=d`. `fields` are the fields that can be selected, if not all. */
export function selector(text: string, fields?: Set<string>): (object: Json) => boolean {
  const requirements = text
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const [, field = '', operator, value] = /^([^!=]+)(==?|!=)([^=]*)$/.exec(part) ?? [];
      if (!field) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      if (fields && !fields.has(field)) throw badRequest(`field label not supported: ${field}`);
      return (object: Json) => (select(object, field) === value) === (operator !== '!=');
    });
  return (object) => requirements.every((requirement) => requirement(object));
}

function select(object: Json, field: string): string {
  if (field === 'source' && object.source) return object.source.component || object.reportingComponent;
  return object[field] ?? field.split('.').reduce((value, part) => value?.[part], object) ?? '';
}
