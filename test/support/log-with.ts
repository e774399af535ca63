import winston from 'winston';
import { type FormatName, type Formatted, formats } from '../record-forms.cases.ts';
import { Logged } from './logged.ts';

/** A logger with a format, from the installed winston or another one. */
export function logWith(name: FormatName, { createLogger, format } = winston): Logged {
  const { ofLogger, ofTransport }: Formatted = formats[name](format);
  return new Logged(
    ofTransport === undefined ? {} : { format: ofTransport },
    ofLogger === undefined ? {} : { format: ofLogger },
    createLogger,
  );
}
