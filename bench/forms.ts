import { answerAlone, type Question } from './support/question.ts';
import { compareForms } from './support/record-cost.ts';

export const question: Question = {
  name: 'forms',
  title: 'What does a record cost that is more than a message?',
  how: `As in the first question, in batches, with one message and what applications log with it. Errors are new each time and say the same; they and
the fields are made outside of the time that is taken. The fields are four of primitive types, of which one has another value in each record, and a nested object. The
child logger has an object that the Event is about, a reason, and a field.`,
  answer: () =>
    compareForms(
      [
        { form: 'error', label: '`logger.error(message, error)`', target: 'an error' },
        { form: 'errorField', label: '`logger.error(message, { error })`', target: 'an error as a field' },
        { form: 'errorAlone', label: '`logger.error(error)`', target: 'an error alone' },
        { form: 'fields', label: '`logger.error(message, fields)`', target: 'fields' },
        { form: 'child', label: '`child.error(message)`', target: 'a child logger' },
      ],
      1.3,
    ),
};

await answerAlone(import.meta.filename, question);
