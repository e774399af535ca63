import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import test from 'node:test';
import type { PeerCertificate } from 'node:tls';
import { checkServerIdentity } from '../../src/cluster/server-identity.ts';
import { otherCertificates } from '../stand-in/certificates.ts';

const { cert } = await otherCertificates();
const certificate = new X509Certificate(cert).toLegacyObject() as PeerCertificate;

for (const host of ['::1', '0:0:0:0:0:0:0:1', '127.0.0.1', 'kubernetes.default.svc']) {
  test(`a certificate is for ${host}, which it names`, () => {
    assert.equal(checkServerIdentity(host, certificate), undefined);
  });
}

for (const host of ['::2', 'fd00:10:96::1', '::ffff:127.0.0.1', '127.0.0.2', 'kubernetes.default', 'svc']) {
  test(`a certificate is not for ${host}, which it does not name`, () => {
    const error = checkServerIdentity(host, certificate) as NodeJS.ErrnoException | undefined;
    assert.equal(error?.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.match(error.message, /127\.0\.0\.1/);
  });
}
