// A Nest application whose logger is winston's, through nest-winston. Every error that Nest itself logs, such as the
// exception of a handler, becomes an Event; so does what the application logs.
import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Inject, Injectable, Logger, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { WinstonModule } from 'nest-winston';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

@Injectable()
class OrdersService {
  readonly #logger = new Logger('OrdersService');

  async reserve(item: string): Promise<string> {
    try {
      const answer = await fetch(`${process.env['WAREHOUSE_URL']}/${encodeURIComponent(item)}`, {
        method: 'POST',
      });
      if (answer.ok) return 'reserved';
    } catch (error) {
      // An object as the message carries what an Event needs; the last argument is Nest's context.
      const { cause } = error as Error;
      this.#logger.warn({
        message: 'the warehouse does not answer',
        error: cause,
        reason: 'WarehouseUnreachable',
      });
    }
    return 'to be confirmed';
  }
}

@Controller()
class OrdersController {
  readonly #orders: OrdersService;

  // By name, so that the compiler need not emit the types of parameters.
  constructor(@Inject(OrdersService) orders: OrdersService) {
    this.#orders = orders;
  }

  @Get('healthz')
  health(): string {
    return 'ok';
  }

  @Post('orders')
  @HttpCode(202)
  order(@Body() { lines }: { lines: { item: string }[] }): Promise<string[]> {
    return Promise.all(lines.map(({ item }) => this.#orders.reserve(item)));
  }
}

@Module({ controllers: [OrdersController], providers: [OrdersService] })
class AppModule {}

const app = await NestFactory.create(AppModule, {
  logger: WinstonModule.createLogger({
    transports: [
      new winston.transports.Console({ format: winston.format.simple() }),
      new KubernetesEventTransport(),
    ],
  }),
});
await app.listen(process.env['PORT'] ?? 8080);
new Logger('Bootstrap').log(`listening on port ${app.getHttpServer().address().port}`);

// Not enableShutdownHooks(): after the hooks it sends the process the signal again, which ends it before anything is
// delivered. app.close() runs the same hooks, and then the process ends by itself.
process.once('SIGTERM', () => app.close());
