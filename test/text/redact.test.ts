import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createContext, runInContext } from 'node:vm';
// The built code, which takes half the time of code that is compiled for a test.
import { redact } from '../../dist/text/redact.js';
import { tokens } from '../../dist/text/secret-tokens.js';
import { assertGrowth } from './linear.ts';
import { innocentCases, random, repeatedCases, secretCases } from './redact.cases.ts';

function fill(around: string, secret: string): string {
  return around.split('§').join(secret);
}

/** Shuffles fragments into one message, always in the same order. */
function messages(fragments: readonly string[], count: number): string[] {
  const glue = [' ', '', ', ', '\n', '"', "'", '&', ';', '=', ': ', '\\n', '@', '//', '{', '}'];
  let state = 1;
  const below = (limit: number): number => {
    state = (state * 48271) % 0x7fffffff;
    return state % limit;
  };
  return Array.from({ length: count }, () => {
    let text = '';
    for (let parts = 1 + below(5); parts > 0; parts -= 1) {
      const fragment = fragments[below(fragments.length)]!;
      const start = below(3) === 0 ? below(fragment.length + 1) : 0;
      text += fragment.slice(start, below(3) === 0 ? start + below(fragment.length + 1) : undefined);
      text += glue[below(glue.length)]!;
    }
    return text;
  });
}

describe('redact', () => {
  it('finds a token by two characters, and names who says what it looks like', () => {
    for (const [vendor, beginnings, , source] of tokens) {
      assert.ok(vendor !== '' && source !== '', beginnings);
      for (const beginning of beginnings.split(' ')) assert.match(beginning, /^[A-Za-z0-9]{2}/, vendor);
    }
  });

  for (const [secret, around] of secretCases) {
    it(`masks ${JSON.stringify(around)}`, () => {
      assert.equal(redact(fill(around, secret)), fill(around, '***'));
    });
  }

  for (const [secret, around] of repeatedCases) {
    it(`masks again ${JSON.stringify(around)}`, () => {
      assert.equal(redact(fill(around, secret)), fill(around, '***'));
    });
  }

  for (const text of innocentCases) {
    it(`leaves ${JSON.stringify(text)}`, () => {
      assert.equal(redact(text), text);
    });
  }

  it('masks every secret of a message', () => {
    assert.equal(
      redact('password=a token=b postgres://c:d@e --secret f'),
      'password=*** token=*** postgres://c:***@e --secret ***',
    );
  });

  it('masks within a long message', () => {
    const words = 'nothing to see here '.repeat(1000);
    assert.equal(redact(`${words}password=hunter2 ${words}`), `${words}password=*** ${words}`);
  });

  it('changes nothing at the second call', () => {
    const fragments = [...secretCases.map(([secret, around]) => fill(around, secret)), ...innocentCases];
    for (const text of [...fragments, ...messages(fragments, 20_000)]) {
      const once = redact(text);
      assert.equal(redact(once), once, JSON.stringify(text));
    }
  });

  it('keeps no state between calls', () => {
    const text = 'password=a password=b';
    redact(text);
    assert.equal(redact('password=c'), 'password=***');
    assert.equal(redact(text), 'password=*** password=***');
  });
});

describe('the time redact takes', () => {
  // The beginnings of secrets, repeated and never ended. Each would show a quadratic search.
  const worst: Record<string, string> = {
    'one long word': 'a',
    digits: '1',
    blanks: ' ',
    backslashes: '\\',
    quotes: '"',
    'separators alone': ':=',
    'names alone': 'password',
    'names and separators': 'password:',
    'names and blanks': 'password: ',
    'names in sentences': 'password: x y ',
    'names with an open quote': 'password="',
    'names with an escaped quote': 'password=\\"',
    'names with an apostrophe': "token: 'a ",
    'names with an open bracket': 'token:[',
    'names with an open brace': 'token={',
    'names with a template': `token=${'$'}{`,
    'values with commas': 'token=a,',
    'values with ampersands': '&token=a',
    'commas alone': ',a',
    'variable lists': 'token" "value ',
    'hidden prefix': '-aaaaaaaaaa-token=',
    slashes: '//',
    'addresses without a host': '//a:',
    'addresses with slashes': '//a:b/',
    'addresses with dots': '//a:b.c:d',
    'at signs': '//a:b@',
    colons: ':a',
    'users alone': `//${'a'.repeat(30)}`,
    oracle: 'jdbc:oracle:thin:a/',
    elements: '<token>',
    'elements with text': '<token>a',
    flags: '--token ',
    'flag names': '-a',
    'long flags': '--aaaaaaaaaaaa-token',
    'encoded separators': 'token%3d',
    'encoded blanks': 'token%3d%20%20',
    'encodings of encodings': 'token%252525',
    'encoded users': '%2f%2fa%3a',
    'encoded users at another depth': '%2f%2fa%3aa%2540',
    'encoded letters': '%61',
    bearer: 'bearer ',
    'bearer runs': 'bearer aaaaaaaaaaaa',
    basic: 'basic aB3456789 ',
    sql: "password '",
    'json web tokens': 'eyJ',
    'json web tokens and dashes': '-eyJaaaaaaaa',
    'json web tokens and dots': 'eyJaaaaaaaa.',
    'token prefixes': 'sk-',
    'longer token prefixes': 'sk-a-',
    'GitHub prefixes': '-ghp_aaaa',
    'SendGrid prefixes': '.SG.aaaaaaaaaaaaaaaaaaaaaa',
    'Slack prefixes': '.xoxb-',
    'key ids': ' AKIA',
    webhooks: 'hooks.slack.com/services/',
    'PEM headers': `-----${'BEGIN'} PRIVATE KEY-----`,
    'PEM headers and lines': `-----${'BEGIN'} PRIVATE KEY-----\n`,
    'PEM headers and blanks': `-----${'BEGIN'} PRIVATE KEY----- `,
    'half PEM headers': '-----BEGIN ',
    'authorization headers': 'authorization: ',
    'digest headers': 'authorization: digest a=',
    'cookie headers': 'cookie: a=',
    'quoted cookie headers': '"cookie: a=',
    'sentences about a password': 'the password is ',
    'sentences without a name': 'this is ',
    'flags of curl': 'curl -u ',
    'flags without a command': ' -u -p -a',
    'flags of clients': 'mysql -p ',
    'flags of another command': 'mysql mkdir -p ',
    'at signs alone': 'a@',
    'addresses of drivers': ':a@tcp(',
    'long words': `${random(24)} `,
    'long words in one': `${random(24)}-`,
    'keys of chance': `key=${random(24)} `,
    'keys of chance without an end': `token ${random(24)}!`,
    'a repeated secret': `password=${random(12)}${'a'.repeat(52)} ${'a'.repeat(1_000)}`,
    'many secrets': 'password=abcdefgh1 password=abcdefgh2 ',
    stars: '*** ',
    'examples of tokens': 'ghp_xxxxxxxxxxxxxxxxxxxxx ',
  };
  // Each beginning of a token, repeated, and with a possible continuation. Tokens without an expression form one case, because
  // they are all read in the same way.
  for (const [vendor, beginnings, body] of tokens) {
    const name = body instanceof RegExp ? `${vendor}, ${beginnings}` : 'tokens without an expression';
    const units = beginnings.split(' ').map((beginning) => `${beginning}${beginning}a1-`);
    worst[name] = `${worst[name] ?? ''}${units.join('')}`;
  }

  // A quarter of a mebibyte takes 30 milliseconds. A search through the rest of the text at every sign would take many times the
  // limit, even a simple indexOf; the time limit of V8 ends it.
  const limitMs = 300;
  const context = createContext({ redact });

  for (const [name, unit] of Object.entries(worst)) {
    it(`is in proportion to the length: ${name}`, () => {
      const textOf = (most: number) => unit.repeat(Math.ceil(most / unit.length));
      const read = (text: string) =>
        runInContext('redact(text)', Object.assign(context, { text }), { timeout: 10 * limitMs });
      assertGrowth(textOf, read, { longest: 2 ** 18, most: 32, mostMs: limitMs });
    });
  }

  it('does not overflow on a secret of megabytes', () => {
    const long = random(2 ** 23);
    assert.equal(redact(`password=${long}`), 'password=***');
    assert.equal(redact(`password="${long}"`), 'password="***"');
    assert.equal(redact(`postgres://a:${long}@b`), 'postgres://a:***@b');
    assert.equal(redact(`Bearer ${long}`), 'Bearer ***');
  });
});
