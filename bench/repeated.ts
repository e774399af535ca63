import { answerAlone, type Question } from './support/question.ts';
import { compareDelivering } from './support/record-cost.ts';

export const question: Question = {
  name: 'repeated',
  title: 'What does a record cost the caller when the same problem repeats?',
  how: `\`logger.error(message)\` with winston's default json format, after a warm-up. The process logs 200 records in a row, then lets the event loop
turn once. Where each record is a request, it turns as often as necessary. The time is that of the calls. The CPU is that of the whole process until
everything is delivered, so it includes the work that a transport does after the calls. This transport runs as in a pod, against an API server on HTTPS.
The others deliver to a file or to a server on loopback. The records that arrive are counted, and the run ends with an error if one is missing. The
exception is winston-loki, whose records are not counted. In the loop, 200,000 records are logged without a turn of the event loop, as in a simple
benchmark.`,
  answer: () => compareDelivering('repeated', { call: 1.1, loop: 1.1, cpu: 1 }, 5),
};

await answerAlone(import.meta.filename, question);
