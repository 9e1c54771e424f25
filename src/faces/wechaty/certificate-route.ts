/** `/wechaty/certificate.pem`: the certificate that the hub has made for itself, which bots are to be given. No secret. */
import type { FastifyInstance } from 'fastify';
import { sendError } from '../../http/error-pages.ts';
import type { FaceHost } from '../../http/face.ts';
import type { WechatyFaceConfig } from './config.ts';
import { findOwnCertificate } from './own-certificate.ts';

export const certificatePath = '/wechaty/certificate.pem';

export function addCertificateRoute(server: FastifyInstance, host: FaceHost<WechatyFaceConfig>): void {
  server.get(certificatePath, async (request, reply) => {
    const settings = host.settings();
    if (!settings || settings.tls !== undefined) return sendError(request, reply, 404);
    const { cert } = await findOwnCertificate(host.journal, host.clock.now());
    return reply.type('application/x-pem-file').header('cache-control', 'no-cache').send(cert);
  });
}
