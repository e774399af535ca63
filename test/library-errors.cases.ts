import { PrismaClientKnownRequestError } from '@prisma/client-runtime-utils';
import { AxiosError } from 'axios';
import { buildSchema, graphqlSync, parse } from 'graphql';
import { DatabaseError } from 'pg-protocol';

// Not by a literal: it has no declarations.
const JSONWEBTOKEN: string = 'jsonwebtoken';
const { default: jsonwebtoken } = await import(JSONWEBTOKEN);

/** An error of a library, and what the Event about it says. */
export interface LibraryError {
  library: string;
  /** What went wrong. */
  what: string;
  create: () => unknown;
  reason: string;
  message: string;
  /** What is left of it when `errors({ stack: true })` copies it. */
  copied?: { reason?: string; message?: string };
}

/** What a function throws. */
function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new TypeError('expected that it throws');
}

/** An error as most libraries make theirs: with a name and other fields of its own. */
function shaped(name: string, message: string, fields: object = {}, options?: ErrorOptions): Error {
  const error = Object.assign(new Error(message, options), { name }, fields);
  Error.captureStackTrace(error);
  return error;
}

const refused = (address = '10.96.0.7:443') =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}`), {
    errno: -111,
    code: 'ECONNREFUSED',
    syscall: 'connect',
  });
const refusedByAll = () =>
  Object.assign(new AggregateError([refused('::1:443'), refused('127.0.0.1:443')]), { code: 'ECONNREFUSED' });

const duplicate = () =>
  Object.assign(
    new DatabaseError('duplicate key value violates unique constraint "users_email_key"', 1, 'error'),
    {
      code: '23505',
      detail: 'Key (email)=(anna@example.com) already exists.',
    },
  );

class MongooseError extends Error {}
class CastError extends MongooseError {
  reason = shaped('BSONError', 'input must be a 24 character hex string');
  stringValue = '"7"';
  override toString() {
    return `CastError: ${this.message}`;
  }
}
Object.defineProperty(CastError.prototype, 'name', { value: 'CastError' });

class QueryFailedError extends Error {
  driverError = duplicate();
  constructor() {
    super(duplicate().message);
    Object.assign(this, this.driverError, { name: 'QueryFailedError', query: 'INSERT INTO users …' });
  }
}

const issues = [
  {
    expected: 'string',
    code: 'invalid_type',
    path: ['name'],
    message: 'Invalid input: expected string, received undefined',
  },
];

/** Real errors if the library is small, else errors with the same properties. */
export const libraryErrors: readonly LibraryError[] = [
  {
    library: 'Node',
    what: 'no connection',
    create: refused,
    reason: 'ECONNREFUSED',
    message: 'connect ECONNREFUSED 10.96.0.7:443',
  },
  {
    library: 'fetch, undici',
    what: 'no connection',
    create: () => new TypeError('fetch failed', { cause: refused() }),
    reason: 'TypeError',
    message: 'fetch failed: connect ECONNREFUSED 10.96.0.7:443',
    copied: { message: 'fetch failed' },
  },
  {
    library: 'fetch, undici',
    what: 'no connection to any address of a host',
    create: () => new TypeError('fetch failed', { cause: refusedByAll() }),
    reason: 'TypeError',
    message: 'fetch failed: connect ECONNREFUSED ::1:443; connect ECONNREFUSED 127.0.0.1:443',
    copied: { message: 'fetch failed' },
  },
  {
    library: 'undici',
    what: 'no answer in time',
    create: () => shaped('HeadersTimeoutError', 'Headers Timeout Error', { code: 'UND_ERR_HEADERS_TIMEOUT' }),
    reason: 'HeadersTimeoutError',
    message: 'Headers Timeout Error',
  },
  {
    library: 'axios',
    what: 'status 503',
    create: () => new AxiosError('Request failed with status code 503', 'ERR_BAD_RESPONSE'),
    reason: 'AxiosError',
    message: 'Request failed with status code 503',
  },
  {
    library: 'axios',
    what: 'no connection',
    create: () => AxiosError.from(refused(), 'ECONNREFUSED'),
    reason: 'AxiosError',
    message: 'connect ECONNREFUSED 10.96.0.7:443',
    // Its own name is then `Error`.
    copied: { reason: 'ECONNREFUSED' },
  },
  {
    library: 'got',
    what: 'status 503',
    create: () =>
      shaped('HTTPError', 'Request failed with status code 503 (Service Unavailable): GET https://billing/', {
        code: 'ERR_NON_2XX_3XX_RESPONSE',
      }),
    reason: 'HTTPError',
    message: 'Request failed with status code 503 (Service Unavailable): GET https://billing/',
  },
  {
    library: 'got',
    what: 'no connection',
    create: () => shaped('RequestError', refused().message, { code: 'ECONNREFUSED' }, { cause: refused() }),
    reason: 'RequestError',
    message: 'connect ECONNREFUSED 10.96.0.7:443',
  },
  {
    library: 'gRPC',
    what: 'no connection',
    create: () =>
      Object.assign(new Error('14 UNAVAILABLE: No connection established'), {
        code: 14,
        details: 'No connection established',
      }),
    reason: 'LoggedError',
    message: '14 UNAVAILABLE: No connection established',
  },
  {
    library: 'AWS SDK',
    what: 'a queue that does not exist',
    create: () =>
      shaped('QueueDoesNotExist', 'The specified queue does not exist.', {
        $fault: 'client',
        $metadata: { httpStatusCode: 400 },
      }),
    reason: 'QueueDoesNotExist',
    message: 'The specified queue does not exist.',
  },
  {
    library: 'pg',
    what: 'SQLSTATE 57P01',
    create: () =>
      Object.assign(new DatabaseError('terminating connection due to administrator command', 1, 'error'), {
        code: '57P01',
        severity: 'FATAL',
      }),
    reason: 'DatabaseError',
    message: 'terminating connection due to administrator command',
    // Its own name is `error`, and its class is gone.
    copied: { reason: 'LoggedError' },
  },
  {
    library: 'mysql2',
    what: 'a duplicate key',
    create: () =>
      Object.assign(new Error("Duplicate entry '7' for key 'users.PRIMARY'"), {
        code: 'ER_DUP_ENTRY',
        errno: 1062,
        sqlState: '23000',
      }),
    reason: 'ErDupEntry',
    message: "Duplicate entry '7' for key 'users.PRIMARY'",
  },
  {
    library: 'mongoose',
    what: 'an invalid id',
    create: () => new CastError('Cast to ObjectId failed for value "7" at path "_id"'),
    reason: 'CastError',
    message: 'Cast to ObjectId failed for value "7" at path "_id"',
  },
  {
    library: 'Prisma',
    what: 'a duplicate key',
    create: () =>
      new PrismaClientKnownRequestError(
        '\nInvalid `prisma.user.create()` invocation:\n\n\nUnique constraint failed on the fields: (`email`)',
        { code: 'P2002', clientVersion: '7.10.1' },
      ),
    reason: 'PrismaClientKnownRequestError',
    message: 'Invalid `prisma.user.create()` invocation: Unique constraint failed on the fields: (`email`)',
  },
  {
    library: 'Sequelize',
    what: 'a duplicate key',
    create: () =>
      shaped('SequelizeUniqueConstraintError', 'Validation error', {
        errors: [{ message: 'email must be unique', type: 'unique violation' }],
        parent: duplicate(),
        original: duplicate(),
      }),
    reason: 'SequelizeUniqueConstraintError',
    message: 'Validation error: email must be unique',
  },
  {
    library: 'TypeORM',
    what: 'a duplicate key',
    create: () => new QueryFailedError(),
    reason: 'QueryFailedError',
    message: 'duplicate key value violates unique constraint "users_email_key"',
  },
  {
    library: 'ioredis',
    what: 'too many attempts',
    create: () =>
      shaped('MaxRetriesPerRequestError', 'Reached the max retries per request limit (which is 20).'),
    reason: 'MaxRetriesPerRequestError',
    message: 'Reached the max retries per request limit (which is 20).',
  },
  {
    library: 'zod',
    what: 'a missing field',
    create: () => shaped('ZodError', JSON.stringify(issues, null, 2)),
    reason: 'ZodError',
    message:
      '[ { "expected": "string", "code": "invalid_type", "path": [ "name" ], "message": "Invalid input: expected string, received undefined" } ]',
  },
  {
    library: 'GraphQL',
    what: 'a query with a syntax error',
    create: () => thrownBy(() => parse('{ users { }')),
    reason: 'GraphQLError',
    message: 'Syntax Error: Expected Name, found "}".',
  },
  {
    library: 'GraphQL',
    what: 'a resolver that throws',
    create: () => {
      const rootValue = {
        stock() {
          throw new RangeError('no stock');
        },
      };
      return graphqlSync({ schema: buildSchema('type Query { stock: Int }'), source: '{ stock }', rootValue })
        .errors?.[0];
    },
    reason: 'GraphQLError',
    message: 'no stock',
    // It has the stack of what was thrown, and no name among its fields.
    copied: { reason: 'RangeError' },
  },
  {
    library: 'jsonwebtoken',
    what: 'an expired token',
    create: () => thrownBy(() => jsonwebtoken.verify(jsonwebtoken.sign({ exp: 1 }, 'key'), 'key')),
    reason: 'TokenExpiredError',
    message: 'jwt expired',
  },
];
