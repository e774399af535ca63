import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SelfsignedOptions } from 'selfsigned';

/** In PEM. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/winston-kubernetes-events');
const DAY_MS = 24 * 3_600_000;

const shared = new Map<string, Promise<Certificates>>();

/** The certificates of all stand-ins in all processes. They are created only once, because that takes longer than most tests. */
export const sharedCertificates = (): Promise<Certificates> => once('certificates.json');

/** The same of a CA that stand-ins do not know. */
export const otherCertificates = (): Promise<Certificates> => once('other-certificates.json');

function once(file: string): Promise<Certificates> {
  const known = shared.get(file) ?? readOrCreate(join(CACHE, file));
  shared.set(file, known);
  return known;
}

async function readOrCreate(path: string): Promise<Certificates> {
  try {
    return await readCache(path);
  } catch {
    const made = await createCertificates();
    await mkdir(CACHE, { recursive: true });
    const draft = `${path}.${process.pid}`;
    await writeFile(draft, JSON.stringify(made), { mode: 0o600 });
    await rename(draft, path);
    return made;
  }
}

async function readCache(path: string): Promise<Certificates> {
  const cached: Certificates = JSON.parse(await readFile(path, 'utf8'));
  const { validFrom, validTo } = new X509Certificate(cached.cert);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo) - DAY_MS];
  if (!(from <= Date.now() && Date.now() <= to)) throw new Error('they are not valid for a day');
  return cached;
}

const key: SelfsignedOptions = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' };

/** A CA and a certificate of a server on the loopback addresses, in PEM. */
export async function createCertificates(): Promise<Certificates> {
  // Large, and rarely needed.
  const { generate } = await import('selfsigned');
  const ca = await generate([{ name: 'commonName', value: 'kubernetes' }], {
    ...key,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'kube-apiserver' }], {
    ...key,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
          { type: 2, value: 'localhost' },
          { type: 2, value: 'kubernetes.default.svc' },
        ],
      },
    ],
  });
  return { ca: ca.cert, cert: server.cert, key: server.private };
}
