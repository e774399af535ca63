import { answerAlone, type Question } from './support/question.ts';
import { compareDelivering } from './support/record-cost.ts';

export const question: Question = {
  name: 'numbers',
  title: 'What if every message has different numbers?',
  how: `As before, with messages like \`cannot charge order 48213: no answer from 10.96.0.17:443 within 1213 ms\`. The messages are built before the
time is taken.`,
  answer: () => compareDelivering('numbers', { call: 1.5, loop: 1.25, cpu: 1 }),
};

await answerAlone(import.meta.filename, question);
