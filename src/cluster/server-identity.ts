import type { PeerCertificate } from 'node:tls';

/**
 * Checks whether a certificate belongs to the server, like `tls.checkServerIdentity`. In Node 22.23 and 24.17, that
 * function finds no IPv6 address in any certificate. So OpenSSL checks such addresses, with the same result in all
 * versions.
 */
export function checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  // Not net.isIPv6, because Node takes two milliseconds to compile its expression.
  if (!host.includes(':')) return process.getBuiltinModule('node:tls').checkServerIdentity(host, certificate);
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  if (new X509Certificate(certificate.raw).checkIP(host) !== undefined) return undefined;
  const names = certificate.subjectaltname ?? 'none';
  const error = new Error(`the certificate is not for ${host}, it is for ${names}`);
  return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}
