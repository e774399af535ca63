import type { Complaint } from '../delivery/verdict.ts';

// What the protocol complains of.

/** The detail of `KEVT_SERVER_ERROR` if something else answers. */
export const NOT_OURS = 'the answer is not the Event that was written';
export const STRIPPED: Complaint = {
  code: 'KEVT_ACCOUNT',
  detail: 'the answer to a write does not contain the annotation that was written',
};
export const FOREIGN: Complaint = {
  code: 'KEVT_ACCOUNT',
  detail:
    'the annotation shows a count for this process that it has not written, so the process continues under another name',
};
export const GUESSED: Complaint = {
  code: 'KEVT_ACCOUNT',
  detail:
    'the answer to a write was lost, and the annotation does not show whether it succeeded. It is assumed that it did',
};
