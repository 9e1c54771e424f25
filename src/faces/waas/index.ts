/**
 * The face of a WeChat bot as a service, as an older system had it: four requests that clients poll. Here they serve
 * any account of any network. The answers are what those clients were written for, to the letter.
 */
import { formatAddress, isLoopback } from '../../hub/address.ts';
import type { FaceProblem } from '../../hub/face.ts';
import type { WebFace } from '../../http/face.ts';
import { waasConfig, type WaasConfig } from './config.ts';

export function createWaasFace(): WebFace<WaasConfig> {
  return {
    kind: 'waas',
    config: waasConfig,
    check({ account, anonymous }, { listen, accounts }) {
      const problems: FaceProblem[] = [];
      if (account !== undefined && !accounts.includes(account)) {
        problems.push({ key: 'account', message: `there is no account "${account}"` });
      }
      if (anonymous && !isLoopback(listen.host)) {
        const message = `the web server listens on ${formatAddress(listen)}: only on loopback can there be no token`;
        problems.push({ key: 'anonymous', message });
      }
      return problems;
    },
    open: (host) => async (server, web) => {
      // Only a hub that runs needs what is behind it.
      const { addRoutes } = await import('./routes.ts');
      addRoutes(server, host, web.closing);
    },
  };
}
