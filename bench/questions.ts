import { question as allocation } from './allocation.ts';
import { question as belowLevel } from './below-level.ts';
import { question as firstEvent } from './first-event.ts';
import { question as fleet } from './fleet.ts';
import { question as forms } from './forms.ts';
import { question as grouping } from './grouping.ts';
import { question as held } from './held.ts';
import { question as importing } from './import.ts';
import { question as numbers } from './numbers.ts';
import { question as pause } from './pause.ts';
import { question as repeated } from './repeated.ts';
import { question as silent } from './silent.ts';
import { question as storm } from './storm.ts';
import type { Question } from './support/question.ts';
import { question as words } from './words.ts';
import { question as workloads } from './workloads.ts';
import { question as worstCall } from './worst-call.ts';

/** In the order of the document. */
export const QUESTIONS: Question[] = [
  repeated,
  numbers,
  words,
  forms,
  belowLevel,
  silent,
  allocation,
  worstCall,
  pause,
  storm,
  firstEvent,
  importing,
  held,
  grouping,
  workloads,
  fleet,
];
