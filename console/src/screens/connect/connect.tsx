/**
 * Connecting an account, step by step: which network, its settings, what that changes, what the network asks for (a
 * code to scan or to type), and a message that proves it. The address holds the account, so a reload loses nothing.
 */
import { useSignal } from '@preact/signals';
import { readConfiguration, readForms } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { navigate, route } from '../../app/router.ts';
import { Notice, Page } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { AccountForm } from './account-form.tsx';
import { Arrival } from './arrival.tsx';
import { NetworkChoice } from './network-choice.tsx';
import './connect.css';

async function readAll(signal: AbortSignal) {
  const [forms, configuration] = await Promise.all([readForms(signal), readConfiguration(signal)]);
  return { forms, configuration };
}

export function Connect() {
  const text = words().connect;
  const { parameters } = route.value;
  const account = parameters.get('account');
  const network = useSignal<string | undefined>(undefined);
  const all = useResource(readAll);
  const known = all.value.value;
  const step = account !== undefined ? 2 : network.value === undefined ? 0 : 1;
  const schema = network.value === undefined ? undefined : known?.forms.networks[network.value];

  return (
    <Page title={account === undefined ? text.title : text.titleOf(account)} lead={text.lead}>
      <Steps current={step} />
      {all.error.value !== undefined && <Notice mood="bad">{all.error.value}</Notice>}
      {account !== undefined ? (
        <Arrival key={account} account={account} />
      ) : known === undefined ? (
        all.error.value === undefined && <p class="soft">{words().common.loading}</p>
      ) : network.value === undefined || schema === undefined ? (
        <NetworkChoice
          networks={Object.keys(known.forms.networks)}
          onChoose={(kind) => (network.value = kind)}
        />
      ) : (
        <AccountForm
          key={network.value}
          network={network.value}
          schema={schema}
          taken={Object.keys(known.configuration.accounts)}
          onBack={() => (network.value = undefined)}
          onApplied={(id) => navigate('connect', { account: id })}
        />
      )}
    </Page>
  );
}

function Steps({ current }: { current: number }) {
  const text = words().connect;
  return (
    <ol class="steps" aria-label={text.stepsLabel}>
      {text.steps.map((step, index) => (
        <li
          key={step}
          class={index < current ? 'past' : ''}
          {...(index === current ? { 'aria-current': 'step' as const } : {})}
        >
          {step}
        </li>
      ))}
    </ol>
  );
}
