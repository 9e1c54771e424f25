/** The first look: what needs somebody, then how each account does. */
import type { ComponentChildren } from 'preact';
import type { WireAccount } from '../../../../src/faces/rest/schemas/account.ts';
import type { WireMetrics } from '../../../../src/faces/rest/schemas/metrics.ts';
import { useAccounts } from '../../api/accounts.ts';
import { readConfiguration, readMetrics } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { toHref } from '../../app/router.ts';
import { isAdministrator } from '../../app/session.ts';
import { Empty, Page, Section } from '../../design/page.tsx';
import { formatCount, formatDistance, formatDuration } from '../../i18n/format.ts';
import { words } from '../../i18n/words.ts';
import { PhaseState } from '../phase.tsx';
import { OpenRequests } from '../requests/open-requests.tsx';
import { toAttention, type Attention } from './attention.ts';
import { Heartbeat } from './heartbeat.tsx';
import { Traffic } from './traffic.tsx';
import './overview.css';

/** Figures are asked for; how accounts do is told. */
const refreshMs = 3000;

type Figures = WireMetrics['accounts'][number];

export function Overview() {
  const text = words().overview;
  const metrics = useResource(readMetrics, '', refreshMs);
  const configuration = useResource(
    async (signal) => (isAdministrator.value ? readConfiguration(signal) : undefined),
    '',
    refreshMs * 5,
  );
  const known = useAccounts().value;
  const figures = metrics.value.value;

  if (known === undefined) {
    return (
      <Page title={text.title}>
        <p class="soft">{words().common.loading}</p>
      </Page>
    );
  }

  const attention = toAttention(known, figures, configuration.value.value?.problems.length ?? 0);
  return (
    <Page
      title={text.title}
      lead={text.lead(known.filter((account) => account.phase === 'online').length, known.length)}
      actions={
        isAdministrator.value ? (
          <a class="button" href={toHref('connect')}>
            {words().connect.add}
          </a>
        ) : undefined
      }
    >
      <OpenRequests />
      {attention.length > 0 && (
        <Section title={text.attention}>
          <ul class="attention">
            {attention.map((each) => (
              <AttentionLine key={each.key} attention={each} />
            ))}
          </ul>
        </Section>
      )}
      <Section title={text.accounts} {...(figures ? { aside: <BeatHint metrics={figures} /> } : {})}>
        <ul class="tiles">
          {known.map((account) => (
            <Tile
              key={account.id}
              account={account}
              figures={figures?.accounts.find((each) => each.account === account.id)}
            />
          ))}
        </ul>
      </Section>
      {known.length === 1 && isAdministrator.value && (
        <Empty
          title={text.aloneTitle}
          action={
            <a class="button main" href={toHref('connect')}>
              {words().connect.add}
            </a>
          }
        >
          {text.aloneText}
        </Empty>
      )}
      {figures !== undefined && <Traffic metrics={figures} />}
    </Page>
  );
}

function BeatHint({ metrics }: { metrics: WireMetrics }) {
  const minutes = Math.round((metrics.beatMs * 60) / 60_000);
  return <span class="small soft">{words().overview.beats(minutes)}</span>;
}

function AttentionLine({ attention }: { attention: Attention }) {
  const text = words().overview;
  switch (attention.about) {
    case 'account':
      return (
        <Line mood={attention.phase === 'failed' ? 'bad' : 'warn'}>
          <span>
            <strong>{attention.account}</strong> {text.troubles[attention.phase]}
            {attention.message !== undefined && (
              <span class="soft"> {words().hub.said(attention.message)}</span>
            )}
          </span>
          {isAdministrator.value && (
            <a class="button" href={toHref('connect', { account: attention.account })}>
              {attention.phase === 'login' ? text.logIn : text.look}
            </a>
          )}
        </Line>
      );
    case 'parked':
      return (
        <Line mood="warn">
          <span>
            <strong>{attention.account}</strong> {text.parked(attention.count)}
          </span>
          <a class="button" href={toHref('queue', { account: attention.account })}>
            {text.look}
          </a>
        </Line>
      );
    case 'configuration':
      return (
        <Line mood="bad">
          <span>{text.configuration(attention.count)}</span>
          <a class="button" href={toHref('settings')}>
            {text.look}
          </a>
        </Line>
      );
  }
}

function Line({ mood, children }: { mood: 'warn' | 'bad'; children: ComponentChildren }) {
  return <li class={`notice ${mood}`}>{children}</li>;
}

function Tile({ account, figures }: { account: WireAccount; figures: Figures | undefined }) {
  const text = words().overview;
  const latency = figures?.latency;
  return (
    <li class="panel tile">
      <header class="tile-head">
        <h3 class="one-line">
          <a href={toHref('rooms', { account: account.id })}>{account.id}</a>
        </h3>
        <span class="badge">{account.network}</span>
      </header>
      <p class="tile-state">
        <PhaseState phase={account.phase} />
        <span class="small soft">{formatDistance(Date.parse(account.since), Date.now())}</span>
      </p>
      <Heartbeat beats={figures?.beats ?? []} />
      <dl class="figures numbers">
        <Figure label={text.p50}>{latency === undefined ? '–' : formatDuration(latency.p50Ms)}</Figure>
        <Figure label={text.p99}>{latency === undefined ? '–' : formatDuration(latency.p99Ms)}</Figure>
        <Figure label={text.queue}>{formatCount(figures?.waiting ?? account.waiting)}</Figure>
        <Figure label={text.received}>{formatCount(figures?.received ?? 0)}</Figure>
        <Figure label={text.sent}>{formatCount(figures?.sent ?? 0)}</Figure>
        <Figure label={text.parkedShort}>{formatCount(figures?.parked ?? 0)}</Figure>
      </dl>
    </li>
  );
}

function Figure({ label, children }: { label: string; children: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
