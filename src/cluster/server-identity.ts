import type { PeerCertificate } from 'node:tls';

/**
 * Whether a certificate is that of the server, as `tls.checkServerIdentity`. That of Node 22.23 and 24.17 finds no IPv6
 * address in any certificate, so an address is looked for by OpenSSL, with the same answer in every version.
 */
export function checkServerIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  // Not net.isIPv6: it takes Node two milliseconds to compile its expression.
  if (!host.includes(':')) return process.getBuiltinModule('node:tls').checkServerIdentity(host, certificate);
  const { X509Certificate } = process.getBuiltinModule('node:crypto');
  if (new X509Certificate(certificate.raw).checkIP(host) !== undefined) return undefined;
  const names = certificate.subjectaltname ?? 'none';
  const error = new Error(`the certificate is not for ${host}, it is for ${names}`);
  return Object.assign(error, { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
}
