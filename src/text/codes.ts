import { constants } from 'node:os';
import { nounKind } from './nouns.ts';

// Codes tell problems apart. But a statement with many codes is as noisy as one with many names.

const grpcCodes =
  'CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED ' +
  'RESOURCE_EXHAUSTED FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS ' +
  'UNAUTHENTICATED';
/** Errors of name lookups, in addition to those of the operating system. */
const lookupCodes = 'ENOTFOUND ENODATA ESERVFAIL EREFUSED EFORMERR ETIMEOUT EBADNAME EBADRESP';

const codes = new Set([
  ...Object.keys(constants.errno),
  ...Object.keys(constants.signals),
  ...lookupCodes.split(' '),
  ...grpcCodes.split(' '),
]);

/** An HTTP status, a SQLSTATE, `E11000` or `P2002`, `ORA-00942`, `ERR_BAD_RESPONSE` or `CERT_HAS_EXPIRED`. */
const codeLike =
  /^(?:[1-5]\d\d|\d\d[A-Z]\d\d|0A\d{3}|[A-Z]{1,3}\d{3,5}|[A-Z]{2,5}-\d{3,5}|(?:[A-Z0-9]+_)*(?:EAI|ERR?|ERROR|CERT|UNABLE)(?:_[A-Z0-9]+)+|(?:[A-Z0-9]+_)+(?:ERROR|CERT))$/;
/** A code after a noun that announces one. */
const codeBehindNoun = /^(?:-?\d+|0x[0-9A-Fa-f]+|[0-9A-Z_]{2,})$/;
const words = /(?<![-\w./])(?:-\d+|[A-Z]{2,5}-\d{3,5}|[0-9A-Z][0-9A-Za-z_]*)(?![-\w%]|[.,]\d)/g;

/** The phrases of HTTP after a status of failure. */
const phrases =
  'Bad Request|Unauthorized|Payment Required|Forbidden|Not Found|Method Not Allowed|Not Acceptable|Request Timeout|' +
  'Conflict|Gone|Precondition Failed|(?:Payload|Content) Too Large|Unsupported Media Type|' +
  'Unprocessable (?:Entity|Content)|Locked|Too Many Requests|Internal Server Error|Not Implemented|Bad Gateway|' +
  'Service Unavailable|Gateway Time-?out|Insufficient Storage';
/** A code together with its phrase of HTTP, or the number of its gRPC status. */
const withPhrase = new RegExp(`(?:(?<![-\\w./])\\d{1,2} )?<code>(?: (?:${phrases})\\b)?`, 'g');

/**
 * Masks the codes in a text that `maskVolatile()` returned: HTTP statuses, exit codes, signals, codes of errors. If two
 * texts are then equal, they differ only in codes. The time is linear in the length.
 */
export function maskCodes(maskedText: string): string {
  const masked = maskedText.replace(words, (word, at: number) => {
    const isCode = codes.has(word) || codeLike.test(word) || isBehindNoun(word, maskedText, at);
    return isCode ? '<code>' : word;
  });
  return masked === maskedText ? masked : masked.replace(withPhrase, '<code>');
}

function isBehindNoun(word: string, text: string, at: number): boolean {
  return codeBehindNoun.test(word) && nounKind(text, 0, at) === 'code';
}
