import { comparePauses } from './support/pauses.ts';
import { answerAlone, type Question } from './support/question.ts';

const RECORDS = 10_000;
const BATCH = 200;

export const question: Question = {
  name: 'storm',
  title: 'What if every record of the storm is a new problem?',
  how: `As before, with ${RECORDS.toLocaleString('en')} records. Each record has a new object and new words. These are more problems than the transport remembers, and more
than it may write in that time.`,
  answer: () => comparePauses({ form: 'news', records: RECORDS, batch: BATCH, isDelivered: false }),
};

await answerAlone(import.meta.filename, question);
