import { answerAlone, type Question } from './support/question.ts';
import { compareToNothing } from './support/record-cost.ts';

export const question: Question = {
  name: 'silent',
  title: 'What does a record cost outside a cluster?',
  how: 'As in the first question, but outside a pod, where this transport is silent.',
  answer: () => compareToNothing({ name: 'silent', form: 'repeated', atMost: 1.1 }),
};

await answerAlone(import.meta.filename, question);
