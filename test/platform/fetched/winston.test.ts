/** The forms of records with other versions of winston than the installed one. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import type winston from 'winston';
import { type FormatName, formats, rows } from '../../record-forms.cases.ts';
import { logWith } from '../../support/log-with.ts';
import { type Fetched, fetchPackages } from './fetched-packages.ts';

/** The releases in which winston changed how it passes records, and the latest one. */
const VERSIONS = ['3.0.0', '3.2.1', '3.3.4', '3.8.2', '3'];

/** winston 3.0 has neither of these, and throws if there is nothing to log. */
const MISSING = /child\(|child\.|errors\(|^error\(\) /;

/** The texts of Events that differ from those with other versions, for all formats or for one. */
const otherwise: Record<string, Record<string, string>> = {
  // It appends no messages, and does not change an error after a text.
  '3.0.0': {
    'error(text, Error with a name)': 'Warning PaymentError: payment failed: declined',
    'error(text, {message})': 'Warning LoggedError: first',
    'error(text, Error with a cause)':
      'Warning TypeError: cannot charge: fetch failed: getaddrinfo ENOTFOUND billing',
    'error(text, AggregateError)': 'Warning AggregateError: all down: All promises were rejected: east; west',
    'error(text, text, Error) with splat()': 'Warning ECONNREFUSED: cannot save: connect refused',
    "error('… %s', text, Error) with splat()": 'Warning ECONNREFUSED: cannot save a.txt: connect refused',
  },
  // It appends them without a space.
  '3.2.1': {
    'error(text, Error, fields) with splat()': 'Warning ECONNREFUSED: cannot save:connect refused',
    'error(text, Error, fields) with errors(), splat() and json()':
      'Warning ECONNREFUSED: cannot save:connect refused',
  },
};

let fetched: Fetched;
before(async () => {
  fetched = await fetchPackages(...VERSIONS.map((version) => `winston-${version}@npm:winston@${version}`));
});
after(() => fetched.remove());

for (const version of VERSIONS) {
  test(`winston ${version}: every form of a record makes its Event`, async (t) => {
    const installed: typeof winston = createRequire(join(fetched.folder, 'package.json'))(
      `winston-${version}`,
    );
    t.diagnostic(`winston ${installed.version}`);
    let count = 0;
    for (const [call, log, expected, except = {}] of rows) {
      for (const name of Object.keys(formats) as FormatName[]) {
        const form = `${call} with ${name}`;
        if (version === '3.0.0' && MISSING.test(form)) continue;
        const logged = logWith(name, installed);
        log(logged.logger);
        const { [form]: ofForm, [call]: ofCall } = otherwise[version] ?? {};
        assert.equal(await logged.event(), ofForm ?? ofCall ?? except[name] ?? expected, form);
        assert.deepEqual(logged.diagnostics, [], form);
        count++;
      }
    }
    t.diagnostic(`${count} forms`);
    assert.ok(count > 300);
  });
}
