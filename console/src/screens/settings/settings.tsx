/** hutong.yaml as forms and as text. Whatever is written is shown as a difference before it is applied. */
import { useSignal } from '@preact/signals';
import { readConfiguration, readForms } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { navigate, route, toHref } from '../../app/router.ts';
import { Notice, Page } from '../../design/page.tsx';
import { words } from '../../i18n/words.ts';
import { AccountSettings } from './account-settings.tsx';
import { FaceSettings, toFaceName } from './face-settings.tsx';
import { PartSettings } from './part-settings.tsx';
import { PartsList } from './parts-list.tsx';
import { TextSettings } from './text-settings.tsx';
import './settings.css';

async function readAll(signal: AbortSignal) {
  const [configuration, forms] = await Promise.all([readConfiguration(signal), readForms(signal)]);
  return { configuration, forms };
}

export function Settings() {
  const text = words().settings;
  const { parameters } = route.value;
  const account = parameters.get('account');
  const face = parameters.get('face');
  const part = toPart(parameters);
  const all = useResource(readAll);
  const applied = useSignal<{ count: number; needsRestart: boolean } | undefined>(undefined);
  const known = all.value.value;

  async function onApplied({
    difference,
  }: {
    difference: readonly { needsRestart: boolean }[];
  }): Promise<void> {
    // A removed account has no form any more.
    if (account !== undefined && known !== undefined) {
      const fresh = await readConfiguration();
      if (fresh.accounts[account] === undefined) navigate('settings');
    }
    await all.reload();
    applied.value = {
      count: difference.length,
      needsRestart: difference.some((each) => each.needsRestart),
    };
  }

  if (known === undefined) {
    return (
      <Page title={text.title}>
        {all.error.value === undefined ? (
          <p class="soft">{words().common.loading}</p>
        ) : (
          <Notice mood="bad">{all.error.value}</Notice>
        )}
      </Page>
    );
  }

  const { configuration, forms } = known;
  const written = account === undefined ? undefined : configuration.accounts[account];
  const network = typeof written?.['network'] === 'string' ? written['network'] : '';
  const key = `${part} ${configuration.version}`;
  const faces = toMapping(configuration.settings['faces']);
  const shownFace = face === undefined ? undefined : forms.faces[face];
  return (
    <Page
      title={text.title}
      lead={configuration.exists ? text.lead(configuration.file) : text.leadNone(configuration.file)}
    >
      {configuration.problems.length > 0 && (
        <Notice mood="bad">
          <div class="stack tight">
            <strong>{text.notApplied}</strong>
            <ul>
              {configuration.problems.map((problem) => (
                <li key={`${problem.path} ${problem.message}`} class="anywhere">
                  {problem.line !== undefined && `${problem.line}:${problem.column ?? 1} `}
                  {problem.path !== '' && <code>{problem.path}</code>} {words().hub.said(problem.message)}
                </li>
              ))}
            </ul>
          </div>
        </Notice>
      )}
      {applied.value !== undefined && (
        <Notice mood={applied.value.needsRestart ? 'warn' : 'plain'}>
          {applied.value.needsRestart ? text.appliedRestart : text.applied(applied.value.count)}
        </Notice>
      )}
      <div class="settings">
        <PartsList
          groups={[
            {
              parts: fileParts.map((each) => ({
                href: toHref('settings', { part: each }),
                isHere: part === each,
                label: text[each],
              })),
            },
            {
              title: text.faces,
              parts: Object.keys(forms.faces).map((kind) => ({
                href: toHref('settings', { face: kind }),
                isHere: face === kind,
                label: toFaceName(kind),
                badge: kind in faces ? text.faceOn : text.faceOff,
              })),
            },
            {
              title: text.accounts,
              parts: Object.entries(configuration.accounts).map(([id, each]) => ({
                href: toHref('settings', { account: id }),
                isHere: account === id,
                label: id,
                badge: typeof each['network'] === 'string' ? each['network'] : '',
              })),
              more: { href: toHref('connect'), label: words().connect.add },
            },
            {
              title: text.file,
              parts: [
                {
                  href: toHref('settings', { part: 'text' }),
                  isHere: part === 'text',
                  label: 'hutong.yaml',
                },
              ],
            },
          ]}
        />
        <div class="settings-form">
          {account !== undefined ? (
            written === undefined ? (
              <p class="soft">{text.noAccount(account)}</p>
            ) : (
              <AccountSettings
                key={key}
                account={account}
                written={written}
                schema={forms.networks[network]}
                onApplied={onApplied}
              />
            )
          ) : part === 'text' ? (
            <TextSettings key={key} text={configuration.text} onApplied={onApplied} />
          ) : face !== undefined && shownFace !== undefined ? (
            <FaceSettings
              key={key}
              kind={face}
              written={face in faces ? toMapping(faces[face]) : undefined}
              schema={shownFace}
              onApplied={onApplied}
            />
          ) : (
            <PartSettings
              key={key}
              title={text[toFilePart(part)]}
              path={[toFilePart(part)]}
              written={toMapping(configuration.settings[toFilePart(part)])}
              schema={forms[toFilePart(part)]}
              onApplied={onApplied}
            />
          )}
        </div>
      </div>
    </Page>
  );
}

/** The parts of the file that are neither accounts nor faces. */
const fileParts = ['http', 'journal', 'media'] as const;

function toFilePart(part: string): (typeof fileParts)[number] {
  return fileParts.find((each) => each === part) ?? 'http';
}

/** Which part the address names. */
function toPart(parameters: ReadonlyMap<string, string>): string {
  const [account, face] = [parameters.get('account'), parameters.get('face')];
  if (account !== undefined) return `account ${account}`;
  return face === undefined ? (parameters.get('part') ?? 'http') : `face ${face}`;
}

function toMapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {};
}
