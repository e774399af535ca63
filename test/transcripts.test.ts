import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { type StandIn, type StandInOptions, startStandIn } from './stand-in/stand-in.ts';
import type { Json } from './stand-in/status.ts';
import { createWorld } from './stand-in/world.ts';

/** Recorded cases in which the stand-in is allowed to differ from the API server, and why. */
const exceptions: Record<string, string> = {
  'core-create-full-managed-fields': 'nothing reads managedFields, so the stand-in keeps none',
  'core-create-fieldmanager': 'nothing reads managedFields, so the stand-in keeps none',
};

interface Step {
  as?: string;
  wait?: number;
  trim?: { paths: string[] };
  request: { method: string; path: string; headers: Record<string, string>; body?: Json; rawBody?: string };
  response: { status: number; headers: Json; body: Json };
}

interface Case {
  id: string;
  title: string;
  as: string;
  profile?: string;
  keepManagedFields?: boolean;
  steps: Step[];
}

const profiles: Record<string, StandInOptions> = {
  standard: {},
  'rate-limit': { eventRateLimit: { qps: 1, burst: 1 } },
  'short-ttl': { eventTtlMs: 10_000 },
};

const folder = join(import.meta.dirname, 'fixtures', 'transcripts');
const cases: Case[] = readdirSync(folder)
  .filter((file) => file !== 'claims.json')
  .flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')));

const worlds = new Map<
  string,
  { standIn: StandIn; tokens: Record<string, string | undefined>; agent: Agent }
>();
let waited = 0;

before(async () => {
  for (const [profile, options] of Object.entries(profiles)) {
    const standIn = await startStandIn({ ...options, recordBodies: false, now: () => Date.now() + waited });
    const agent = new Agent({ keepAlive: true, ca: standIn.ca });
    worlds.set(profile, { standIn, agent, tokens: await createWorld(standIn) });
  }
});

after(async () => {
  for (const { standIn, agent } of worlds.values()) {
    agent.destroy();
    await standIn.close();
  }
});

test('the stand-in answers as a recorded kube-apiserver', async () => {
  const failures: string[] = [];
  const stale: string[] = [];
  let agreed = 0;
  for (const recorded of cases) {
    const difference = await replay(recorded).then(
      () => undefined,
      (error) => error as Error,
    );
    if (!difference) agreed++;
    if (difference && !exceptions[recorded.id]) failures.push(`${recorded.id}: ${difference.message}`);
    if (!difference && exceptions[recorded.id]) stale.push(recorded.id);
  }
  console.log(`${agreed} of ${cases.length} recorded cases agree`);
  assert.equal(failures.join('\n\n'), '', 'cases that differ and are not listed');
  assert.deepEqual(stale, [], 'listed cases that agree');
  assert.equal(agreed + Object.keys(exceptions).length, cases.length);
});

test('a token has the claims of a recorded one', () => {
  const payload = worlds.get('standard')?.tokens['writer']?.split('.')[1] ?? '';
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const expected = JSON.parse(readFileSync(join(folder, 'claims.json'), 'utf8'));
  const { iat, nbf, exp, ...rest } = claims;
  assert.deepEqual([nbf, exp], [iat, iat + 3600]);
  const { iat: _iat, nbf: _nbf, exp: _exp, ...expectedRest } = expected;
  match(rest, expectedRest, new Map());
});

async function replay({ steps, as, profile = 'standard', keepManagedFields }: Case): Promise<void> {
  const world = worlds.get(profile);
  assert.ok(world);
  world.standIn.clearEvents();
  const known = new Map<string, string>();
  for (const step of steps) {
    if (step.wait) {
      waited += step.wait;
      continue;
    }
    const { method, path, headers, body, rawBody } = step.request;
    const token = world.tokens[step.as ?? as];
    const request = httpsRequest(world.standIn.url + fill(path, known), {
      method,
      agent: world.agent,
      headers: {
        'User-Agent': 'transcript/1',
        Accept: 'application/json',
        ...(token && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    request.end(fill(rawBody ?? (body === undefined ? '' : JSON.stringify(body)), known));
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const content = await text(response);
    const where = `${method} ${path}\n${content.slice(0, 500)}\n`;

    const expected = step.response;
    assert.equal(response.statusCode, expected.status, where);
    const { 'content-type': type, 'retry-after': retryAfter, warning } = response.headers;
    assert.equal(type, expected.headers['content-type'], where);
    assert.equal(retryAfter, expected.headers['retry-after'], where);
    assert.equal(warning, expected.headers.warning?.join(', '), where);
    let answer = JSON.parse(content);
    if (expected.status >= 400) {
      assert.equal(answer.reason, expected.body.reason, where);
      assert.deepEqual(causes(answer), causes(expected.body), where);
    } else {
      if (step.trim) answer = trim(answer, step.trim.paths);
      if (!keepManagedFields) dropManagedFields(answer);
      match(answer, expected.body, known, where);
    }
  }
}

const causes = (status: Json) =>
  status.code === 422 ? status.details.causes.map((cause: Json) => [cause.reason, cause.field]) : [];

function dropManagedFields(answer: Json): void {
  for (const object of answer.items ?? [answer]) delete object.metadata?.managedFields;
}

/** Keeps only the parts at these paths. A path goes through lists. */
function trim(value: Json, paths: string[]): Json {
  if (Array.isArray(value)) return value.map((item) => trim(item, paths));
  if (typeof value !== 'object' || value === null || paths.includes('')) return value;
  const under = (field: string) =>
    paths
      .filter((path) => path === field || path.startsWith(`${field}.`))
      .map((path) => path.slice(field.length + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([field]) => under(field).length > 0)
      .map(([field, item]) => [field, trim(item, under(field))]),
  );
}

const placeholder = /<(?:(?:uid|rv|list-rv):\d+|time|rand5|repeat:(.)\*(\d+))>/gu;
const patterns: Record<string, string> = {
  uid: '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}',
  rv: '\\d+',
  'list-rv': '\\d+',
  time: '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ',
  rand5: '[a-z0-9]{5}',
};

function fill(request: string, known: Map<string, string>): string {
  return request.replace(placeholder, (found, character, count) =>
    character ? character.repeat(Number(count)) : (known.get(found) ?? found),
  );
}

/** Asserts that an answer is as expected, and notes the values of the placeholders. */
function match(actual: Json, expected: Json, known: Map<string, string>, where = '', path = ''): void {
  const message = `${where}at ${path}`;
  if (typeof expected === 'string' && typeof actual === 'string') {
    const filled = fill(expected, known);
    const unknown = filled.match(placeholder)?.[0];
    if (!unknown) {
      assert.ok(actual === filled, `${message}: ${actual} instead of ${filled}`);
      return;
    }
    const pattern = patterns[unknown.slice(1).split(/[:>]/)[0] ?? ''] ?? '';
    const [start = '', end = ''] = filled.split(unknown);
    const found = actual.slice(start.length, actual.length - end.length);
    assert.ok(actual.startsWith(start) && actual.endsWith(end), message);
    assert.match(found, new RegExp(`^${pattern}$`), message);
    // Other activity in a server changes the resourceVersion of its lists.
    if (unknown === '<time>' || unknown.startsWith('<list-rv')) return;
    assert.ok(![...known.values()].includes(found), `${message}: ${found} is not new`);
    known.set(unknown, found);
  } else if (typeof expected === 'object' && expected !== null && typeof actual === 'object') {
    assert.deepEqual(Object.keys(actual ?? {}).sort(), Object.keys(expected).sort(), message);
    for (const key of Object.keys(expected))
      match(actual[key], expected[key], known, where, `${path}.${key}`);
  } else assert.deepEqual(actual, expected, message);
}
