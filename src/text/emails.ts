import { endOf, isWordAt } from './characters.ts';

const lastAscii = 0x7f;
const LONGEST_LOCAL_PART = 64;
/** The domain. It is not one if it is a version after the name of a package, or a host with a port or a path. */
const domainHere = /(?!v?\d+\.)(?:[0-9A-Za-z-]{1,63}\.){1,8}[A-Za-z]{2,63}(?![-\w<]|:[\w~/<])/y;

/** Masks e-mail addresses. What looks like one in a URL is a user and a host, and stays. */
export function maskEmails(text: string): string {
  let masked = '';
  let done = 0;
  for (let sign = text.indexOf('@'); sign !== -1; sign = text.indexOf('@', sign + 1)) {
    const end = endOf(domainHere, text, sign + 1);
    const start =
      end === sign + 1 ? sign : localPartStart(text, Math.max(done, sign - LONGEST_LOCAL_PART), sign);
    if (!isNameAt(text, start) || isLocalAt(text, start - 1) || text.startsWith('//', start - 2)) continue;
    masked += `${text.slice(done, start)}<email>`;
    done = end;
  }
  return done === 0 ? text : masked + text.slice(done);
}

function localPartStart(text: string, floor: number, sign: number): number {
  let start = sign;
  while (start > floor && isLocalAt(text, start - 1)) start -= 1;
  return start;
}

function isLocalAt(text: string, at: number): boolean {
  return isNameAt(text, at) || '._+-'.includes(text[at] ?? ' ');
}

/** Whether a local part may begin here. */
function isNameAt(text: string, at: number): boolean {
  return isWordAt(text, at) || text.charCodeAt(at) > lastAscii;
}
