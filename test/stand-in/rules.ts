import { isObject } from './decode.ts';
import { badRequest, type Cause, type Json } from './status.ts';

/** What is wrong with a value at the path of a field; nothing when all is well. */
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

/** A value of another type is no matter of validation: it is not even decoded. */
const mistyped = (value: unknown, field: string) =>
  badRequest(`json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into ${field}`);

/** As the API server does, which knows no difference between an empty field and none. */
const isEmpty = (value: Json) => value === undefined || value === null || value === '' || value.length === 0;

/** Something, for which the other rule holds. */
export const required =
  (rule: Rule = () => []): Rule =>
  (value, field) =>
    isEmpty(value) ? [missing(field)] : rule(value, field);

/** Nothing, or something for which the other rule holds. */
export const optional =
  (rule: Rule): Rule =>
  (value, field) =>
    isEmpty(value) ? [] : rule(value, field);

export const all =
  (...rules: Rule[]): Rule =>
  (value, field) =>
    rules.flatMap((rule) => rule(value, field));

/** A list. */
export const each =
  (rule: Rule): Rule =>
  (value, field) => {
    if (!Array.isArray(value)) throw mistyped(value, field);
    return value.flatMap((item, index) => rule(item, `${field}[${index}]`));
  };

/** An object; one that is not there has none of the fields. */
export const fields =
  (rules: Record<string, Rule>): Rule =>
  (value, field) => {
    const object = value ?? {};
    if (!isObject(object)) throw mistyped(value, field);
    const at = (name: string) => (field ? `${field}.${name}` : name);
    return Object.entries(rules).flatMap(([name, rule]) => rule(object[name], at(name)));
  };

/** An object with texts in all of its fields, such as labels. */
export const texts: Rule = (map, field) => {
  for (const [key, value] of Object.entries(map ?? {}))
    if (typeof value !== 'string') throw mistyped(value, `${field}[${key}]`);
  return [];
};

export const oneOf =
  (...allowed: unknown[]): Rule =>
  (value, field) =>
    allowed.includes(value) ? [] : [unsupported(field)];

/** A text of which something holds. */
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
