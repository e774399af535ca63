// A typical logger class of an application. It calls the logger's own method two calls further down.
export class Log {
  #logger;

  constructor(logger) {
    this.#logger = logger;
  }

  error(message, ...rest) {
    this.#write('error', message, rest);
  }

  warn(message, ...rest) {
    this.#write('warn', message, rest);
  }

  #write(level, message, rest) {
    this.#logger.log(level, message, ...rest);
  }
}
