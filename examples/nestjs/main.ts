// A Nest application that logs through winston, with nest-winston. Errors that Nest itself logs, such as an exception in a
// handler, become Events. Warnings and errors that the application logs do too.
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
      // An object as the message contains the fields of the Event. The last argument is Nest's context.
      // The message of fetch says only that it failed. Its cause says why.
      const { message } = ((error as Error).cause ?? error) as Error;
      this.#logger.warn({
        message: `the warehouse does not answer: ${message}`,
        reason: 'WarehouseUnreachable',
      });
    }
    return 'to be confirmed';
  }
}

@Controller()
class OrdersController {
  readonly #orders: OrdersService;

  // Injected by name, so that the compiler need not emit the types of parameters.
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

// Not enableShutdownHooks(), because it sends the signal to the process again after the hooks, and that ends the process
// before anything is delivered. app.close() runs the same hooks, and the process then ends by itself.
process.once('SIGTERM', () => app.close());
