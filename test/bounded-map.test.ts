import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from '../src/bounded-map.ts';

test('a full map forgets what was set longest ago', () => {
  const map = new BoundedMap<string, number>(3);
  for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index);
  map.set('d', 3);
  assert.deepEqual([...map.keys()], ['b', 'c', 'd']);
  map.set('b', 4).set('e', 5);
  assert.deepEqual(
    [...map],
    [
      ['d', 3],
      ['b', 4],
      ['e', 5],
    ],
  );
});

test('setting an entry again takes no second place, and reading an entry does not keep it', () => {
  const map = new BoundedMap<string, number>(2);
  map.set('a', 1).set('b', 2);
  map.set('b', 3);
  assert.deepEqual([map.size, map.get('a'), map.get('b')], [2, 1, 3]);
  map.set('c', 4);
  assert.deepEqual([...map.keys()], ['b', 'c']);
});

test('an entry under the key undefined is one as any other', () => {
  const map = new BoundedMap<string | undefined, number>(1);
  map.set(undefined, 1).set('a', 2);
  assert.deepEqual([...map.keys()], ['a']);
});
