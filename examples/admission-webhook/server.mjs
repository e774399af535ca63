// A mutating webhook that adds environment variables to pods, according to a policy. If the policy cannot be read, the pod
// is admitted without them, and kubectl describe deployment shows why they are missing.
import { readFileSync, watchFile } from 'node:fs';
import { createServer } from 'node:https';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { ownerOf } from './owner.mjs';
import { readPolicy } from './policy.mjs';
import { allow, patchFor, readReview } from './review.mjs';

const { PORT = 8443, TLS_DIR = '/etc/tls', POLICY = '/etc/policy/policy.json' } = process.env;
/** Less than timeoutSeconds of the webhook, so that the API server gets an answer in time. */
const POLICY_TIMEOUT_MS = Number(process.env.POLICY_TIMEOUT_MS ?? 2_000);
/** Requests to the API server are at most 3 MiB. A review of an update contains the object twice. */
const MAX_BYTES = 7 * 1024 * 1024;

const logger = winston.createLogger({
  format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
  transports: [
    new winston.transports.Console({ handleExceptions: true }),
    new KubernetesEventTransport({ component: 'env-injector', handleExceptions: true }),
  ],
});

async function review(request) {
  try {
    return allow(request, patchFor(request.object, await readPolicy(POLICY, POLICY_TIMEOUT_MS)));
  } catch (error) {
    const message = `pods start without the variables of the policy: ${error.message}`;
    // A dry run must have no side effects (sideEffects: NoneOnDryRun). An Event would be one.
    if (!request.dryRun) void report(request, message);
    return allow(request, [], [message]);
  }
}

/** Runs after the answer, because finding the owner of the pod may need a request. */
async function report(request, message) {
  logger.warn(message, {
    reason: 'PolicyUnavailable',
    action: 'Admitting',
    regarding: await ownerOf(request),
  });
}

async function read(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= MAX_BYTES) chunks.push(chunk);
  }
  if (bytes > MAX_BYTES) throw new Error(`expected at most ${MAX_BYTES} bytes, got ${bytes}`);
  return readReview(Buffer.concat(chunks).toString());
}

const readCertificate = () => ({
  cert: readFileSync(`${TLS_DIR}/tls.crt`),
  key: readFileSync(`${TLS_DIR}/tls.key`),
});

const server = createServer(readCertificate(), async (request, response) => {
  if (request.url === '/healthz') return response.end('ok');
  let admission;
  try {
    admission = await read(request);
  } catch (error) {
    // Anyone who can reach the port can cause this, so it makes no Event.
    logger.warn(`not a review: ${error.message}`, { regarding: null });
    return response.writeHead(400).end(error.message);
  }
  const answer = JSON.stringify(await review(admission));
  response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
});

// The certificate is renewed in place. While its files are being replaced, they may not match. The old certificate stays in
// use until they do.
watchFile(`${TLS_DIR}/tls.crt`, { persistent: false }, () => {
  try {
    server.setSecureContext(readCertificate());
  } catch (error) {
    logger.error(`the new certificate cannot be used: ${error.message}`, { reason: 'CertificateInvalid' });
  }
});

server.listen(Number(PORT), () => logger.info(`listening on port ${server.address().port}`));

// With nothing left to do, the process ends by itself. Pending counts are delivered before.
process.once('SIGTERM', () => server.close());
