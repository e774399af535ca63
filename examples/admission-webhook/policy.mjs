// The policy: a file, as a ConfigMap is mounted, or an HTTP URL. It is read for each pod, so a change needs no restart.
//
//   { "rules": [{ "matchLabels": { "tier": "web" }, "name": "REGION", "value": "eu-west-1" }] }
import { readFile } from 'node:fs/promises';

/** @throws an Error that says which source failed and how, within the timeout */
export async function readPolicy(source, timeoutMs) {
  let text;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    text = await (/^https?:/.test(source)
      ? fetchText(source, signal)
      : readFile(source, { encoding: 'utf8', signal }));
  } catch (error) {
    if (error.name === 'TimeoutError') throw new Error(`${source}: no answer within ${timeoutMs} ms`);
    // The message of fetch says only that it failed, and its cause says why. The message of a file system error repeats the
    // path.
    throw new Error(`${source}: ${error.cause?.message ?? error.message.split(', ')[0]}`);
  }
  try {
    const { rules } = JSON.parse(text);
    if (!rules.every(({ name, value }) => typeof name === 'string' && typeof value === 'string'))
      throw new Error();
    return rules;
  } catch {
    throw new Error(`${source}: expected {"rules": [{"name": …, "value": …}]}`);
  }
}

async function fetchText(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.text();
}
