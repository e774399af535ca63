import { readFileSync, realpathSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { KubernetesEventsError, warnOperator } from '../diagnostics.ts';

/** The class of winston's loggers, with the members that are used here. */
export interface LoggerClass {
  readonly prototype: WinstonLogger;
}

/** A logger of winston 3. */
export interface WinstonLogger {
  readonly transports: readonly { readonly name?: string }[];
  configure(...args: unknown[]): unknown;
  add(...args: unknown[]): unknown;
  remove(...args: unknown[]): unknown;
  clear(...args: unknown[]): unknown;
  close(...args: unknown[]): unknown;
}

interface CompiledModule {
  exports: unknown;
}

/** A part of Node's loader of CommonJS modules. Tools that monitor applications use it too. */
interface Loader {
  prototype: { _compile(this: CompiledModule, code: string, filename: string, ...more: unknown[]): unknown };
}

/** winston is a CommonJS package, so this file defines the class of the loggers for `import` too. */
const LOGGER_FILE = /[\\/]winston[\\/]lib[\\/]winston[\\/]logger\.js$/;
/** These programs start applications, and do not log themselves. */
const TOOLS = /[\\/]node_modules[\\/](?:npm|pnpm|yarn|corepack)[\\/]/;

/** Calls back with the logger class of each copy of winston that the process loads, before it creates a logger. */
export function onWinston(found: (Logger: LoggerClass) => void): void {
  const { prototype } = Module as unknown as Loader;
  const { _compile } = prototype;
  prototype._compile = function compile(code, filename, ...more) {
    const result = _compile.call(this, code, filename, ...more);
    if (filename.endsWith('logger.js') && LOGGER_FILE.test(filename) && isKnown(filename))
      found(this.exports as LoggerClass);
    return result;
  };
  const main = mainScript();
  if (!TOOLS.test(main) && !canLoadWinston(main))
    warn('expected winston 3, got none that the application can load');
}

/** The path of the main script. For code on the command line, Node looks for packages from the working directory. */
function mainScript(): string {
  const [, main] = process.argv;
  try {
    if (main !== undefined) return realpathSync(main);
  } catch {
    // Node itself reports that there is no such file.
  }
  return join(process.cwd(), 'main');
}

function canLoadWinston(main: string): boolean {
  try {
    return createRequire(main).resolve('winston') !== '';
  } catch {
    return false;
  }
}

function isKnown(loggerFile: string): boolean {
  const { version } = JSON.parse(readFileSync(join(dirname(loggerFile), '../../package.json'), 'utf8'));
  if (/^3\./.test(version)) return true;
  warn(`expected winston 3, got ${version}`);
  return false;
}

function warn(detail: string): void {
  warnOperator(new KubernetesEventsError('KEVT_REGISTER', detail));
}
