import { DecodeError, decode, isObject, scan } from './decode.ts';
import { coreApi, type EventApi, eventsApi } from './event.ts';
import { badRequest, type Json } from './status.ts';

/** The body of a POST as an object, of whatever kind. */
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

/**
 * An Event in the form of the store. The body may be of the other API than the path: it is read as what it says it
 * is. `text` is what the client sent, of which the value may be only a part.
 */
export function readEvent(
  value: Json,
  text: string,
  api: EventApi,
  mode: string | null,
  warnings: string[],
): Json {
  const { kind = 'Event', apiVersion } = value;
  const own = apiVersion ? [coreApi, eventsApi].find((each) => each.apiVersion === apiVersion) : api;
  if (!own || kind !== 'Event') throw new DecodeError(`no kind "${kind}" is registered for "${apiVersion}"`);
  const found = scan(text);
  const event = own.toStored(decode(value, own.type, found));
  if (mode === 'Strict' && found.warnings.length > 0) {
    throw new DecodeError(`strict decoding error: ${found.warnings.join(', ')}`);
  }
  if (mode !== 'Ignore') warnings.push(...found.warnings);
  return event;
}
