import 'reflect-metadata';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { WinstonModule } from 'nest-winston';
import winston from 'winston';
import { KubernetesEventTransport, type KubernetesEventTransportOptions } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';

// Not imported by literals, because their declarations need those of packages that they do not install.
const [EXPRESS, EXPRESS_WINSTON]: string[] = ['express', 'express-winston'];
const { default: express } = await import(EXPRESS!);
const { default: expressWinston } = await import(EXPRESS_WINSTON!);

interface Response {
  status(code: number): Response;
  end(): void;
  send(text: string): void;
}

function open(options: KubernetesEventTransportOptions = {}) {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink, ...options }, { env: {} });
  const events = async () => {
    await transport.flush();
    return sink.events.map(({ type, reason, message, count }) => `${type} ${reason}: ${message} x${count}`);
  };
  return { transport, sink, events };
}

test('nest-winston: a Nest logger reports its warnings and errors', async () => {
  const { transport, events } = open();
  const logger = WinstonModule.createLogger({ transports: [transport] });
  logger.log('started', 'Bootstrap');
  logger.warn('queue is full', 'OrdersService');
  logger.error('cannot reach the payment gateway', 'Error: x\n    at y', 'PaymentService');
  logger.error(new RangeError('out of disk'));
  logger.error('cannot save', new TypeError('boom'));
  assert.deepEqual(await events(), [
    'Warning LoggedWarning: queue is full x1',
    'Warning LoggedError: cannot reach the payment gateway x1',
    'Warning RangeError: out of disk x1',
    'Warning TypeError: cannot save: boom x1',
  ]);
});

test('nest-winston: an object given to Nest’s logger is the object of the Event', async () => {
  const { transport, sink } = open();
  const logger = WinstonModule.createLogger({ transports: [transport] });
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' };
  logger.warn({ message: 'no policy matches', regarding, reason: 'Skipped' }, 'Injector');
  await transport.flush();
  assert.deepEqual(sink.events[0]?.regarding, regarding);
  assert.equal(sink.events[0]?.reason, 'Skipped');
});

test('nest-winston: a logger made for a Nest application is given to it', async () => {
  const { NestFactory } = await import('@nestjs/core');
  const { Logger, Module } = await import('@nestjs/common');
  const { transport, events } = open();
  class AppModule {}
  Module({})(AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, {
    logger: WinstonModule.createLogger({ transports: [transport] }),
  });
  new Logger('OrdersService').error('order cannot be saved');
  await app.close();
  assert.deepEqual(await events(), ['Warning LoggedError: order cannot be saved x1']);
});

async function withServer(app: RequestListener, call: (url: string) => Promise<void>) {
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await call(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

for (const [name, options, message] of [
  ['a message', { msg: '{{err.message}}' }, 'order cannot be read'],
  ['the message that all errors have', {}, 'middlewareError: order cannot be read'],
] as const) {
  test(`express-winston: errors of requests are Events, and requests that succeed are none, with ${name}`, async () => {
    const { transport, events } = open();
    const app = express();
    app.use(expressWinston.logger({ transports: [transport] }));
    app.get('/ok', (_request: unknown, response: Response) => {
      response.send('ok');
    });
    app.get('/orders', () => {
      throw new TypeError('order cannot be read');
    });
    app.use(expressWinston.errorLogger({ transports: [transport], ...options }));
    app.use((_error: unknown, _request: unknown, response: Response, _next: unknown) => {
      response.status(500).end();
    });
    await withServer(app, async (url) => {
      for (const path of ['/ok', '/orders', '/orders']) await (await fetch(`${url}${path}`)).text();
    });
    assert.deepEqual(await events(), [`Warning TypeError: ${message} x2`]);
  });
}

test('express-winston: with statusLevels requests that fail are Events too', async () => {
  const { transport, events } = open();
  const app = express();
  app.use(expressWinston.logger({ transports: [transport], statusLevels: true }));
  app.get('/orders', (_request: unknown, response: Response) => {
    response.status(503).end();
  });
  await withServer(app, async (url) => {
    for (const path of ['/orders', '/nothing']) await (await fetch(`${url}${path}`)).text();
  });
  assert.deepEqual(await events(), [
    'Warning LoggedError: HTTP GET /orders x1',
    'Warning LoggedWarning: HTTP GET /nothing x1',
  ]);
});

test('winston.Container: loggers of a container share the transport, and closing one leaves the others', async () => {
  const { transport, events } = open();
  const container = new winston.Container({ transports: [transport] });
  const [orders, payments] = [container.add('orders'), container.add('payments')];
  orders.error('order lost');
  payments.error('payment lost');
  container.close('orders');
  payments.error('another payment lost');
  assert.deepEqual(await events(), [
    'Warning LoggedError: order lost x1',
    'Warning LoggedError: payment lost x1',
    'Warning LoggedError: another payment lost x1',
  ]);
});

test('two loggers share a transport, and the end of one leaves the other', async () => {
  const { transport, events } = open();
  const [one, other] = [1, 2].map(() => winston.createLogger({ transports: [transport] })) as [
    winston.Logger,
    winston.Logger,
  ];
  one.error('out of disk');
  other.error('out of disk');
  const finished = once(one, 'finish');
  one.end();
  await finished;
  other.error('out of disk');
  assert.deepEqual(await events(), ['Warning LoggedError: out of disk x3']);
});

test('a transport is added and removed at run time, as often as one likes', async () => {
  const { transport, events } = open();
  const logger = winston.createLogger({ transports: [new winston.transports.Console({ silent: true })] });
  logger.error('before');
  for (let i = 0; i < 3; i++) {
    logger.add(transport);
    logger.error('while it is there');
    logger.remove(transport);
    logger.error('while it is away');
  }
  assert.deepEqual(await events(), ['Warning LoggedError: while it is there x3']);
});

test('logger.configure with the same instance keeps it', async () => {
  const { transport, events } = open();
  const logger = winston.createLogger({ transports: [transport] });
  for (let i = 0; i < 15; i++) {
    logger.error('out of disk');
    logger.configure({ level: 'info', transports: [transport] });
  }
  logger.error('out of disk');
  assert.deepEqual(await events(), ['Warning LoggedError: out of disk x16']);
});

test('logger.clear and a child logger', async () => {
  const { transport, events } = open();
  const logger = winston.createLogger({ transports: [transport] });
  logger.child({ reason: 'OutOfDisk' }).error('in a child');
  logger.clear();
  logger.add(transport);
  logger.child({ reason: 'OutOfDisk' }).error('in a child');
  assert.deepEqual(await events(), ['Warning OutOfDisk: in a child x2']);
});
