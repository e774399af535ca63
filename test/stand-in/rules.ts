import { isObject } from './decode.ts';
import { badRequest, type Cause, type Json } from './status.ts';

/** Checks the value of a field. Returns what is wrong with it. */
export type Rule = (value: Json, field: string) => Cause[];

export const invalid = (field: string, message: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${message}`,
  field,
});
export const missing = (field: string): Cause => ({
  reason: 'FieldValueRequired',
  message: 'Required value',
  field,
});
export const tooLong = (field: string): Cause => ({
  reason: 'FieldValueTooLong',
  message: 'Too long',
  field,
});
export const unsupported = (field: string): Cause => ({
  reason: 'FieldValueNotSupported',
  message: 'Unsupported value',
  field,
});
export const forbidden = (field: string, message: string): Cause => ({
  reason: 'FieldValueForbidden',
  message: `Forbidden: ${message}`,
  field,
});

/** A value of the wrong type cannot be decoded, so validation never sees it. */
const mistyped = (value: unknown, field: string) =>
  badRequest(`json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into ${field}`);

/** Like the API server, which treats an empty field as absent. */
const isEmpty = (value: Json) => value === undefined || value === null || value === '' || value.length === 0;

/** A value that must be present and follow the other rule. */
export const required =
  (rule: Rule = () => []): Rule =>
  (value, field) =>
    isEmpty(value) ? [missing(field)] : rule(value, field);

/** A value that may be absent, or must follow the other rule. */
export const optional =
  (rule: Rule): Rule =>
  (value, field) =>
    isEmpty(value) ? [] : rule(value, field);

export const all =
  (...rules: Rule[]): Rule =>
  (value, field) =>
    rules.flatMap((rule) => rule(value, field));

/** A list whose items follow the rule. */
export const each =
  (rule: Rule): Rule =>
  (value, field) => {
    if (!Array.isArray(value)) throw mistyped(value, field);
    return value.flatMap((item, index) => rule(item, `${field}[${index}]`));
  };

/** An object. If it is absent, it has none of the fields. */
export const fields =
  (rules: Record<string, Rule>): Rule =>
  (value, field) => {
    const object = value ?? {};
    if (!isObject(object)) throw mistyped(value, field);
    const at = (name: string) => (field ? `${field}.${name}` : name);
    return Object.entries(rules).flatMap(([name, rule]) => rule(object[name], at(name)));
  };

/** An object whose fields are all texts, such as labels. */
export const texts: Rule = (map, field) => {
  for (const [key, value] of Object.entries(map ?? {}))
    if (typeof value !== 'string') throw mistyped(value, `${field}[${key}]`);
  return [];
};

export const oneOf =
  (...allowed: unknown[]): Rule =>
  (value, field) =>
    allowed.includes(value) ? [] : [unsupported(field)];

/** A text with a property. */
export const text =
  (holds: (text: string) => boolean, message: string): Rule =>
  (value, field) => {
    if (typeof value !== 'string') throw mistyped(value, field);
    return holds(value) ? [] : [invalid(field, message)];
  };

/** A whole number. */
export const between =
  (least: number, most: number): Rule =>
  (value, field) => {
    if (!Number.isInteger(value)) throw mistyped(value, field);
    return value >= least && value <= most
      ? []
      : [invalid(field, `must be between ${least} and ${most}, inclusive`)];
  };
