import { answerAlone, type Question } from './support/question.ts';
import { compareToNothing } from './support/record-cost.ts';

export const question: Question = {
  name: 'below-level',
  title: 'What does a record below the level of the transport cost?',
  how: `\`logger.info(message)\` with transports of level \`warn\`. The logger formats the record and passes it to the transport.`,
  answer: () => compareToNothing({ name: 'ours', form: 'belowLevel', atMost: 1.02 }),
};

await answerAlone(import.meta.filename, question);
