// The messages to log, by the number of the record.
const WORDS = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet'.split(' ');

export const MESSAGES = {
  repeated: () => 'cannot reach the payment gateway: connect ECONNREFUSED 10.96.0.17:443',
  numbers: (i) =>
    `cannot charge order ${48_000 + i}: no answer from 10.96.0.17:443 within ${1_000 + (i % 9_000)} ms`,
  words: (i) => `cannot ship to ${inWords(i)}: there is no such address`,
};

function inWords(number) {
  return [...String(number)].map((digit) => WORDS[digit]).join(' ');
}
