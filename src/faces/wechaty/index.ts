/**
 * The Wechaty face: an account as a Wechaty Puppet Service over gRPC, on a listener of its own, for bots written with
 * Wechaty in any language. What is behind it is loaded only where it is configured: gRPC takes memory.
 *
 * @see https://github.com/wechaty/grpc
 */
import { isLoopback } from '../../hub/address.ts';
import type { WebFace } from '../../http/face.ts';
import { FaceSwitch } from '../../http/face-switch.ts';
import { addCertificateRoute } from './certificate-route.ts';
import { wechatyFaceConfig, type WechatyFaceConfig } from './config.ts';
import type { OpenFace } from './face.ts';

export function createWechatyFace({ version }: { version: string }): WebFace<WechatyFaceConfig> {
  return {
    kind: 'wechaty',
    config: wechatyFaceConfig,
    check: ({ listen, tls, account }, { accounts }) => [
      ...(tls === false && !isLoopback(listen.host)
        ? [
            {
              key: 'tls',
              message: `without TLS it listens on this machine only: ${listen.host} is reached by others`,
            },
          ]
        : []),
      ...(account === undefined || accounts.includes(account)
        ? []
        : [{ key: 'account', message: `there is no account "${account}"` }]),
    ],
    open: (host) => async (server, web) => {
      addCertificateRoute(server, host);
      const isEnding = () => web.closing.aborted;
      const isOff = () => !isEnding() && host.settings() === undefined;
      const faces = new FaceSwitch<WechatyFaceConfig, OpenFace>({
        name: 'Wechaty',
        clock: host.clock,
        log: host.log,
        settings: host.settings,
        async begin(config) {
          const { openFace } = await import('./face.ts');
          host.noteListening(false);
          const face = await openFace(config, { ...host, version, isOff, isEnding });
          host.noteListening(true);
          return face;
        },
      });
      // Before it begins: where that fails the server closes, and the face is not to be tried again for ever.
      web.closing.addEventListener('abort', () => void faces.stop());
      server.addHook('onClose', () => faces.stop());
      await faces.current();
    },
  };
}
