import { answerAlone, type Question } from './support/question.ts';
import { compareDelivering } from './support/record-cost.ts';

export const question: Question = {
  name: 'repeated',
  title: 'What does a record cost the caller when the same problem repeats?',
  how: `\`logger.error(message)\` with winston's default json format, 200 records in a row and then a turn of the event
loop (as many as it takes where each record is a request), after a warm-up. The time is that of the calls; the CPU is that of the whole process until
everything is delivered, so it has what a transport puts off until after the calls. This transport runs as in a pod, against an API server on HTTPS; the
others deliver to a file or to a server on loopback. What arrived is counted, and a side that lost a record would
end the run; winston-loki is taken at its word. The loop logs 200,000 records without any turn, as one measures at home.`,
  answer: () => compareDelivering('repeated', { call: 1.1, loop: 1.1, cpu: 1 }, 5),
};

await answerAlone(import.meta.filename, question);
