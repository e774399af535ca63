import { answerAlone, type Question } from './support/question.ts';
import { compareDelivering } from './support/record-cost.ts';

export const question: Question = {
  name: 'words',
  title: 'What if every message has different words?',
  how: `As before, with messages like \`cannot ship to echo india charlie: there is no such address\`. There are more than a thousand different ones, so most
are combined in one Event.`,
  answer: () => compareDelivering('words', { call: 1.8, loop: 1.3, cpu: 0.8 }),
};

await answerAlone(import.meta.filename, question);
