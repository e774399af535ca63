// The errors of the drivers of the shop.
export const database = (v) =>
  v.pick([
    { code: 'ECONNREFUSED', message: `connect ECONNREFUSED ${v.ip()}:5432` },
    { code: '57P01', message: 'terminating connection due to administrator command' },
    { code: '40P01', message: `deadlock detected: process ${v.integer(100, 99_999)} waits` },
  ]);

export const duplicate = (v) => ({
  code: '23505',
  message: `duplicate key value violates unique constraint "orders_number_key" (${v.order()})`,
});

export const cache = (v) =>
  v.pick([
    { code: 'ECONNRESET', message: 'read ECONNRESET' },
    {
      name: 'MaxRetriesPerRequestError',
      message: `reached the max retries per request limit (${v.integer(5, 20)})`,
    },
  ]);

export const http = (v) => ({
  name: 'AxiosError',
  message: `Request failed with status code ${v.pick([400, 404, 409, 429, 500, 502, 503])}`,
});

export const network = (v) =>
  v.pick([
    { code: 'ETIMEDOUT', message: `connect ETIMEDOUT ${v.ip()}:443` },
    {
      code: 'ENOTFOUND',
      message: `getaddrinfo ENOTFOUND ${v.pick(['api.pay.example', 'hooks.ship.example'])}`,
    },
  ]);

export const json = (v) => ({
  name: 'SyntaxError',
  message: `Unexpected token '${v.pick(['<', '}', 'u', 'N'])}' in JSON at position ${v.integer(0, 900)}`,
});

export const property = (v) => ({
  name: 'TypeError',
  message: `Cannot read properties of undefined (reading '${v.pick(['id', 'price', 'lines', 'address'])}')`,
});

export const file = (v) => ({
  code: 'ENOENT',
  message: `ENOENT: no such file or directory, open '/data/uploads/${v.hex(12)}.${v.pick(['jpg', 'csv', 'pdf'])}'`,
});

export const smtp = (v) => ({
  code: 'EENVELOPE',
  message: `Can't send mail - all recipients were rejected: ${v.pick([450, 550, 552])} ${v.email()}`,
});

export const broker = (v) => ({
  name: 'KafkaJSConnectionError',
  message: `Connection error: connect ECONNREFUSED ${v.ip()}:9092`,
});

export const plain = (v) => ({
  message: v.pick(['not allowed', 'operation was cancelled', `gave up after ${v.ms()}`]),
});
