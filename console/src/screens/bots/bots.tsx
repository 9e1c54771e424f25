/** For programs: their tokens, what they would see, and where the interface is described. */
import { useSignal } from '@preact/signals';
import type { WireCreatedToken, WireToken } from '../../../../src/faces/rest/schemas/token.ts';
import { toMessage } from '../../api/call.ts';
import { readAccounts, readTokens, revokeToken } from '../../api/hub.ts';
import { useResource } from '../../api/resource.ts';
import { Dialog } from '../../design/dialog.tsx';
import { Empty, Notice, Page, Section } from '../../design/page.tsx';
import { Table } from '../../design/table.tsx';
import { formatDistance, formatMoment } from '../../i18n/format.ts';
import { words } from '../../i18n/words.ts';
import { CreateToken } from './create-token.tsx';
import { EventTap } from './event-tap.tsx';
import { ShownOnce } from './shown-once.tsx';
import './bots.css';

export function Bots() {
  const text = words().bots;
  const tokens = useResource(readTokens);
  const accounts = useResource(readAccounts);
  const creating = useSignal(false);
  const created = useSignal<WireCreatedToken | undefined>(undefined);
  const revoking = useSignal<string | undefined>(undefined);
  const error = useSignal<string | undefined>(undefined);
  const known = tokens.value.value;

  async function revoke(name: string): Promise<void> {
    revoking.value = undefined;
    try {
      await revokeToken(name);
      error.value = undefined;
    } catch (failure) {
      error.value = toMessage(failure);
    }
    await tokens.reload();
  }

  const begin = () => (creating.value = true);
  return (
    <Page
      title={text.title}
      lead={text.lead}
      actions={
        <>
          <a class="button" href="/docs" target="_blank" rel="noopener">
            {text.docs}
          </a>
          <a class="button" href="/openapi.json" target="_blank" rel="noopener">
            OpenAPI
          </a>
          <button type="button" class="main" onClick={begin}>
            {text.create}
          </button>
        </>
      }
    >
      {error.value !== undefined && <Notice mood="bad">{error.value}</Notice>}
      {tokens.error.value !== undefined && <Notice mood="bad">{tokens.error.value}</Notice>}
      {created.value !== undefined && (
        <ShownOnce token={created.value} onClose={() => (created.value = undefined)} />
      )}
      <Section title={text.tokens}>
        {known === undefined ? (
          tokens.error.value === undefined && <p class="soft">{words().common.loading}</p>
        ) : known.length === 0 ? (
          <Empty
            title={text.emptyTitle}
            action={
              <button type="button" onClick={begin}>
                {text.create}
              </button>
            }
          >
            {text.emptyText}
          </Empty>
        ) : (
          <TokenTable tokens={known} onRevoke={(name) => (revoking.value = name)} />
        )}
      </Section>
      <EventTap accounts={(accounts.value.value ?? []).map((account) => account.id)} />
      {creating.value && (
        <CreateToken
          accounts={(accounts.value.value ?? []).map((account) => account.id)}
          onCreated={(token) => {
            creating.value = false;
            created.value = token;
            void tokens.reload();
          }}
          onClose={() => (creating.value = false)}
        />
      )}
      {revoking.value !== undefined && (
        <Dialog title={text.revokeTitle(revoking.value)} onClose={() => (revoking.value = undefined)}>
          <p>{text.revokeText}</p>
          <div class="row end">
            <button type="button" onClick={() => (revoking.value = undefined)}>
              {words().common.cancel}
            </button>
            <button type="button" class="bad" onClick={() => void revoke(revoking.value ?? '')}>
              {text.revoke}
            </button>
          </div>
        </Dialog>
      )}
    </Page>
  );
}

function TokenTable(props: { tokens: readonly WireToken[]; onRevoke: (name: string) => void }) {
  const text = words().bots;
  const { columns } = text;
  return (
    <Table
      label={text.tokens}
      columns={[columns.name, columns.scopes, columns.only, columns.created, columns.used]}
      buttons={text.revoke}
    >
      {props.tokens.map((token) => (
        <tr key={token.name}>
          <td>
            <strong>{token.name}</strong>
          </td>
          <td data-label={columns.scopes}>{token.scopes.map((scope) => text.scopes[scope]).join(', ')}</td>
          <td class="anywhere" data-label={columns.only}>
            {[token.account, ...(token.rooms ?? [])].filter(Boolean).join(', ') || text.all}
          </td>
          <td data-label={columns.created}>{formatMoment(Date.parse(token.createdAt))}</td>
          <td data-label={columns.used}>
            {token.lastUsedAt === undefined
              ? text.never
              : formatDistance(Date.parse(token.lastUsedAt), Date.now())}
          </td>
          <td>
            <button type="button" class="bad" onClick={() => props.onRevoke(token.name)}>
              {text.revoke}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}
