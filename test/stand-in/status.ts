// biome-ignore lint/suspicious/noExplicitAny: objects of the API are any JSON
export type Json = any;

export interface Cause {
  reason: string;
  message: string;
  field: string;
}

/** A time as the API server writes it. */
export const seconds = (time: number) => new Date(time).toISOString().replace(/\.\d+/, '');

/** A `kind: Status` answer. */
export class StatusError extends Error {
  readonly status: number;
  readonly body: Json;
  constructor(status: number, reason: string | undefined, message: string, details?: Json) {
    super(message);
    this.status = status;
    const failure = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
    this.body = { ...failure, ...(reason && { reason }), ...(details && { details }), code: status };
  }
}

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);
export const internal = (message: string) => new StatusError(500, undefined, message);
export const noSuchPath = () =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
export const methodNotAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the resource', {});

interface Subject {
  group: string;
  resource: string;
}
const qualified = ({ group, resource }: Subject) => (group ? `${resource}.${group}` : resource);
const details = ({ group, resource }: Subject, name?: string) => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: resource,
});

export const notFound = (of: Subject, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(of)} "${name}" not found`, details(of, name));
export const alreadyExists = (of: Subject, name: string) =>
  new StatusError(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, details(of, name));
export const conflict = (of: Subject, name: string) =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(of)} "${name}": the object has been modified`,
    details(of, name),
  );
export const forbidden = (of: Subject, name: string | undefined, why: string, causes?: Cause[]) =>
  new StatusError(403, 'Forbidden', `${qualified(of)}${name ? ` "${name}"` : ''} is forbidden: ${why}`, {
    ...details(of, name),
    ...(causes && { causes }),
  });
export const invalid = (of: { kind: string; group?: string }, name: string, causes: Cause[]) => {
  const all = causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
  const what = of.group ? `${of.kind}.${of.group}` : of.kind;
  return new StatusError(
    422,
    'Invalid',
    `${what} "${name}" is invalid: ${causes.length > 1 ? `[${all}]` : all}`,
    { ...(name && { name }), ...(of.group && { group: of.group }), kind: of.kind, causes },
  );
};
