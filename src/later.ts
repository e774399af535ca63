// What a process needs for its first record, and not to start. The build makes one file of these modules and of what only
// they import. The file that it makes of library.ts loads it when it uses the first of these exports (bundle.mjs).
export { Recording } from './recorder/recording.ts';
export { rehearse } from './recorder/rehearsal.ts';
export { redact } from './text/redact.ts';
export { maskVolatile } from './text/volatile.ts';
export { RecordTranslator } from './winston/translator.ts';
