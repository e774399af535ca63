import { question as repeated } from './repeated.ts';
import type { Question } from './support/question.ts';

/** In the order of the document. */
export const QUESTIONS: Question[] = [repeated];
