import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A port that refuses connections. A client holds it, so that no server of another test can get it meanwhile. */
export class RefusingPort {
  readonly #anchor: Server;
  #holder: Socket | undefined;

  private constructor(anchor: Server) {
    this.#anchor = anchor;
  }

  static async open(host = '127.0.0.1'): Promise<RefusingPort> {
    const anchor = createServer((socket) => socket.unref().on('error', () => {}));
    await once(anchor.unref().listen(0, host), 'listening');
    return new RefusingPort(anchor);
  }

  /** @param port that of a server that was closed in this turn of the event loop, or 0 for any */
  async hold(port = 0): Promise<number> {
    const { address, port: anchorPort } = this.#anchor.address() as AddressInfo;
    const own = port === 0 ? {} : { localAddress: address, localPort: port };
    const holder = connect({ host: address, port: anchorPort, ...own }).unref();
    this.#holder = holder;
    await once(holder, 'connect');
    return holder.localPort as number;
  }

  /** Gives the port to whoever listens next. */
  release(): void {
    this.#holder?.resetAndDestroy();
    this.#holder = undefined;
  }

  close(): void {
    this.release();
    this.#anchor.close();
  }
}
