import { comparePauses } from './support/pauses.ts';
import { answerAlone, type Question } from './support/question.ts';

const RECORDS = 200_000;
const BATCH = 200;

export const question: Question = {
  name: 'pause',
  title: 'How long does the event loop stand still in a storm?',
  how: `${RECORDS.toLocaleString('en')} repeated records, from the start of the process on, with a turn of the event loop after each ${BATCH}. The pauses are measured with
\`perf_hooks.monitorEventLoopDelay\` and a resolution of 1 ms. The first request of this transport happens during the storm, including the loading of
\`node:https\` and the TLS handshake.`,
  answer: () => comparePauses({ form: 'repeated', records: RECORDS, batch: BATCH, isDelivered: true }),
};

await answerAlone(import.meta.filename, question);
