import { answerAlone, type Question } from './support/question.ts';
import { compareForms } from './support/record-cost.ts';

export const question: Question = {
  name: 'forms',
  title: 'What does a record with more than a message cost?',
  how: `As in the first question, in batches. All records have the same message. The forms differ in what is logged with it. Each error is a new object with
the same text. The errors and fields are created before the time is taken. \`fields\` are four primitive values, one of which is different
in each record, and a nested object. The child logger has an object that the Event is about, a reason, and a field.`,
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
