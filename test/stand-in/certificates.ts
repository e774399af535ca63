import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SelfsignedOptions } from 'selfsigned';

/** In PEM. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

const CACHE = join(
  import.meta.dirname,
  '../../node_modules/.cache/winston-kubernetes-events/certificates.json',
);
const DAY_MS = 24 * 3_600_000;

let shared: Promise<Certificates> | undefined;

/**
 * The certificates of all stand-ins in all processes. They are created only once, because that takes longer than most
 * tests.
 */
export function sharedCertificates(): Promise<Certificates> {
  shared ??= readCache().catch(async () => {
    const made = await createCertificates();
    await mkdir(dirname(CACHE), { recursive: true });
    const draft = `${CACHE}.${process.pid}`;
    await writeFile(draft, JSON.stringify(made), { mode: 0o600 });
    await rename(draft, CACHE);
    return made;
  });
  return shared;
}

async function readCache(): Promise<Certificates> {
  const cached: Certificates = JSON.parse(await readFile(CACHE, 'utf8'));
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
