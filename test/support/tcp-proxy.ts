import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server that a test can cut: between the two it passes everything on, nothing at all, or refuses. */
export class TcpProxy implements AsyncDisposable {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #isSilent = false;
  #port = 0;
  #onSwallowed: (() => void)[] = [];

  private constructor(target: URL) {
    this.#target = target;
    this.#server = this.#makeServer();
  }

  /** Before the server of the URL. */
  static async open(url: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(url));
    await proxy.#listen();
    return proxy;
  }

  /** The server's URL, by way of here. */
  get url(): string {
    const url = new URL(this.#target);
    url.host = `127.0.0.1:${this.#port}`;
    return url.href;
  }

  /** From now on what either side sends stays on its way, as where packets are dropped: no answer, no error, no end. */
  silence(): void {
    this.#isSilent = true;
  }

  /** Resolves when the next thing is sent that does not arrive. */
  swallowed(): Promise<void> {
    return new Promise((resolve) => this.#onSwallowed.push(resolve));
  }

  /** What was on its way arrives, and whatever follows. */
  speak(): void {
    this.#isSilent = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Ends every connection, and refuses new ones. */
  async refuse(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Takes connections again. */
  async accept(): Promise<void> {
    this.#server = this.#makeServer();
    await this.#listen();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.refuse();
  }

  #makeServer(): Server {
    return createServer((client) => {
      const server = connect(Number(this.#target.port), this.#target.hostname);
      this.#pass(client, server);
      this.#pass(server, client);
    });
  }

  async #listen(): Promise<void> {
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.#port = typeof address === "object" && address !== null ? address.port : 0;
  }

  #pass(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on("data", (bytes) => this.#forward(from, to, bytes));
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  #forward(from: Socket, to: Socket, bytes: Buffer): void {
    if (!this.#isSilent) {
      to.write(bytes);
      return;
    }
    from.pause();
    from.unshift(bytes);
    for (const notice of this.#onSwallowed.splice(0)) notice();
  }
}
