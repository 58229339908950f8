import { createPrivateKey, X509Certificate } from 'node:crypto';
import grpc from '@grpc/grpc-js';
import { FeedmillError } from '../errors.ts';
import { PemWatch, type PemWatchOptions } from './pem-watch.ts';

/** A certificate chain and its key, PEM. */
interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

interface ServerTlsOptions extends Pick<PemWatchOptions<Identity>, 'onFault' | 'lookMs'> {
  /** Told of each certificate as it comes into force. */
  readonly onCertificate?: (certificate: X509Certificate) => void;
}

type Identity = grpc.experimental.IdentityCertificateUpdate;

/** Stands for the authorities that Node trusts by itself, in the place of a file. */
const SYSTEM = 'system';
const EMPTY = Buffer.alloc(0);

/**
 * What a gRPC server shows, where both files are given: new connections see what they hold now, and
 * open ones go on.
 *
 * @throws FeedmillError CONFIG_INVALID where only one is given, or the files cannot be used
 */
export function serverCredentials(
  { certificate, key }: CertificateFiles,
  { onCertificate, ...options }: ServerTlsOptions,
): grpc.ServerCredentials {
  if (certificate === '' && key === '') return grpc.ServerCredentials.createInsecure();
  if (certificate === '' || key === '') {
    throw new FeedmillError(
      'CONFIG_INVALID',
      'TLS needs both --tls-certificate and --tls-key; only one is given.',
    );
  }
  const watch = new PemWatch<Identity>({
    ...options,
    files: [certificate, key],
    make: ([chain, privateKey]) => identityOf(chain, privateKey),
    onUpdate: (identity) => onCertificate?.(new X509Certificate(identity.certificate)),
  });
  const provider: grpc.experimental.CertificateProvider = {
    addIdentityCertificateListener: (listener) => watch.add(listener),
    removeIdentityCertificateListener: (listener) => watch.remove(listener),
    addCaCertificateListener: () => undefined,
    removeCaCertificateListener: () => undefined,
  };
  return grpc.experimental.createCertificateProviderServerCredentials(provider, null, false);
}

/**
 * How a gRPC server is reached: without TLS where `ca` is empty, else with what it is proved
 * against: a file, which is read anew when it has changed, or `system`.
 *
 * @throws FeedmillError CONFIG_INVALID where the file cannot be used
 */
export function channelCredentials(ca: string): grpc.ChannelCredentials {
  if (ca === '') return grpc.credentials.createInsecure();
  if (ca === SYSTEM) return grpc.credentials.createSsl();
  const watch = new PemWatch({
    files: [ca],
    make: ([caCertificate = EMPTY]) => {
      // Node passes over a file without certificates, and would then blame the other side.
      void new X509Certificate(caCertificate);
      return { caCertificate };
    },
  });
  const provider: grpc.experimental.CertificateProvider = {
    addCaCertificateListener: (listener) => watch.add(listener),
    removeCaCertificateListener: (listener) => watch.remove(listener),
    addIdentityCertificateListener: () => undefined,
    removeIdentityCertificateListener: () => undefined,
  };
  return grpc.experimental.createCertificateProviderChannelCredentials(provider, null);
}

/** What a channel is told where the certificate has another name than the address. */
export const serverNameOption = (serverName: string): grpc.ChannelOptions =>
  serverName === '' ? {} : { 'grpc.ssl_target_name_override': serverName };

/** @throws Error where they do not fit together */
function identityOf(certificate: Buffer = EMPTY, privateKey: Buffer = EMPTY): Identity {
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
    throw new Error('the key is not that of the certificate');
  }
  return { certificate, privateKey };
}
