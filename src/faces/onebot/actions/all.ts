/** Every action that OneBot 11 has, and those that most implementations have beside it. */
import { unsupported, type Actions, type Parts } from './action.ts';
import { createFileActions } from './files.ts';
import { createImplementationActions } from './implementation.ts';
import { createMessageActions } from './messages.ts';
import { createPeopleActions } from './people.ts';
import { createQuickOperation } from './quick-operation.ts';
import { createRequestActions } from './requests.ts';
import { createSending } from './sending.ts';

export function createActions(parts: Parts): Actions {
  const messages = createMessageActions(parts);
  return {
    ...createSending(parts),
    ...messages,
    ...createPeopleActions(parts),
    ...createRequestActions(parts),
    ...createFileActions(parts),
    ...createImplementationActions(parts),
    '.handle_quick_operation': createQuickOperation(parts, messages.delete_msg),
    send_like: unsupported('send likes'),
    set_group_kick: unsupported('remove people from groups'),
    set_group_ban: unsupported('silence people'),
    set_group_anonymous_ban: unsupported('silence people'),
    set_group_whole_ban: unsupported('silence groups'),
    set_group_admin: unsupported('name administrators'),
    set_group_anonymous: unsupported('change anonymity'),
    set_group_card: unsupported('change names of others'),
    set_group_name: unsupported('rename groups'),
    set_group_leave: unsupported('leave groups: links decide where an account is'),
    set_group_special_title: unsupported('give titles'),
    get_group_system_msg: unsupported('list requests: they are told as events'),
    get_doubt_friends_add_request: unsupported('list requests: they are told as events'),
    set_doubt_friends_add_request: unsupported('hold requests for doubtful'),
  };
}
