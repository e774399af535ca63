import { DecodeError, decode, isObject, scan } from './decode.ts';
import { coreApi, type EventApi, eventsApi } from './event.ts';
import { groupVersion, type Kind } from './kinds.ts';
import { mergePatch } from './merge-patch.ts';
import type { Request } from './request.ts';
import { badRequest, invalid, type Json, StatusError } from './status.ts';

/** Parses the body of a POST as an object of any kind. */
export function parseBody(text: string, kind: string): Json {
  try {
    const value = JSON.parse(text) ?? {};
    if (!isObject(value)) throw new Error('not an object');
    const { apiVersion = '' } = value;
    if (typeof apiVersion !== 'string') throw new Error('apiVersion is not a string');
    if (apiVersion.split('/').length > 2) throw new Error(`unexpected GroupVersion string: ${apiVersion}`);
    return value;
  } catch (error) {
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${error}`);
  }
}

/** Converts the object of a POST to the form of the store. */
export function readCreated(request: Request): Json {
  const { kind, api, body } = request;
  const value = parseBody(body, kind.kind);
  if (!api) return readObject(value, kind);
  try {
    const event = readEvent(value, request, api);
    const { apiVersion } = value;
    if (!apiVersion || apiVersion === api.apiVersion) return event;
    throw new DecodeError(`the API version in the data (${apiVersion}) does not match (${api.apiVersion})`);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(error.message);
  }
}

/** Applies a PATCH to an object of the store. */
export function readPatched(request: Request, old: Json): Json {
  const { kind, api, body, contentType } = request;
  const types = ['application/merge-patch+json', ...(api ? [] : ['application/strategic-merge-patch+json'])];
  if (!types.includes(contentType.split(';')[0]?.trim() ?? '')) {
    throw new StatusError(415, 'UnsupportedMediaType', `the body of the request was not ${types[0]}`);
  }
  let patch: unknown;
  try {
    patch = JSON.parse(body);
    if (!isObject(patch)) throw new Error('not an object');
  } catch (error) {
    throw badRequest(`error decoding patch: ${error}`);
  }
  const merged: Json = mergePatch(shown(kind, old), patch);
  if (!api) return readObject(merged, kind);
  try {
    return readEvent(merged, request, api);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    const cause = { reason: 'FieldValueInvalid', message: error.message, field: 'patch' };
    throw invalid({ kind: '' }, '', [cause]);
  }
}

/**
 * Converts an Event to the form of the store. The value may belong to the other API than the path. It is then read
 * according to its own apiVersion. The body of the request may be only a part of an Event.
 */
function readEvent(value: Json, { body, query, warnings }: Request, api: EventApi): Json {
  const { kind = 'Event', apiVersion } = value;
  const own = apiVersion ? [coreApi, eventsApi].find((each) => each.apiVersion === apiVersion) : api;
  if (!own || kind !== 'Event') throw new DecodeError(`no kind "${kind}" is registered for "${apiVersion}"`);
  const found = scan(body);
  const event = own.toStored(decode(value, own.type, found));
  const mode = query.get('fieldValidation');
  if (mode === 'Strict' && found.warnings.length > 0) {
    throw new DecodeError(`strict decoding error: ${found.warnings.join(', ')}`);
  }
  if (mode !== 'Ignore') warnings.push(...found.warnings);
  return event;
}

/** The store has objects without kind and apiVersion, and Events in the form of core/v1. */
function readObject({ kind = '', apiVersion = '', ...object }: Json, expected: Kind): Json {
  const version = groupVersion(expected);
  if (apiVersion && apiVersion !== version)
    throw badRequest(`the API version in the data (${apiVersion}) does not match (${version})`);
  if (kind && kind !== expected.kind)
    throw badRequest(`${kind} in version "${version}" cannot be handled as a ${expected.kind}`);
  return object;
}

/** Converts an object of the store to the form in which the API server returns it. */
export function shown(kind: Kind, stored: Json): Json {
  const object = kind.group === 'events.k8s.io' ? eventsApi.fromStored(stored) : stored;
  return { kind: kind.kind, apiVersion: groupVersion(kind), ...object };
}
