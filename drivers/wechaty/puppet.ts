/** A puppet, as far as this driver uses it, and how its package is loaded. See wechaty-puppet for what the calls promise. */
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RefusalCode } from '../../src/networks/wechaty/protocol.ts';

/** A file as puppets hand it over. @see https://github.com/huan/file-box */
export interface FileBox {
  readonly name: string;
  readonly mediaType?: string;
  toStream(): Promise<NodeJS.ReadableStream>;
}

export interface Puppet {
  on(event: string, listener: (payload: unknown) => void): unknown;
  setMemory(memory: unknown): void;
  start(): Promise<void>;
  logout(reason?: string): Promise<void>;
  ding(data: string): unknown;
  contactList(): Promise<string[]>;
  contactPayload(id: string): Promise<unknown>;
  roomList(): Promise<string[]>;
  roomPayload(id: string): Promise<unknown>;
  roomMemberList(room: string): Promise<string[]>;
  roomMemberPayload(room: string, contact: string): Promise<unknown>;
  messagePayload(id: string): Promise<unknown>;
  messageContact(id: string): Promise<string>;
  messageFile(id: string): Promise<FileBox>;
  messageImage(id: string, size: number): Promise<FileBox>;
  messageLocation(id: string): Promise<unknown>;
  messageMiniProgram(id: string): Promise<unknown>;
  messageUrl(id: string): Promise<unknown>;
  messageRecall(id: string): Promise<boolean>;
  messageSendText(conversation: string, text: string, mentions?: readonly string[]): Promise<unknown>;
  messageSendFile(conversation: string, file: FileBox): Promise<unknown>;
  messageSendUrl(conversation: string, link: object): Promise<unknown>;
  friendshipPayload(id: string): Promise<unknown>;
  friendshipAccept(id: string): Promise<void>;
  roomInvitationPayload(id: string): Promise<unknown>;
  roomInvitationAccept(id: string): Promise<void>;
}

type PuppetClass = new (options: object) => Puppet;

/** Something with a code that the hub knows. */
export class DriverError extends Error {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Makes the puppet that a package, or the file under an absolute path, exports by default. @throws DriverError */
export async function createPuppet(name: string, options: object): Promise<Puppet> {
  const Puppet = await loadClass(name);
  const puppet = new Puppet(options);
  const memory = await loadMemory();
  if (memory) puppet.setMemory(memory);
  return puppet;
}

/** What came from a package that is a dependency of every puppet. */
export async function importPackage(name: string): Promise<Record<string, unknown>> {
  return (await import(name)) as Record<string, unknown>;
}

async function loadClass(name: string): Promise<PuppetClass> {
  const address = isAbsolute(name) ? pathToFileURL(name).href : name;
  let loaded: Record<string, unknown>;
  try {
    loaded = (await import(address)) as Record<string, unknown>;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_MODULE_NOT_FOUND' && message.includes(isAbsolute(name) ? name : `'${name}'`)) {
      throw new DriverError('not-installed', `the puppet ${name} is not installed`, { cause: error });
    }
    throw new DriverError('no-puppet', `the puppet ${name} cannot be loaded: ${message}`, { cause: error });
  }
  // A package made for both module systems has it one deeper.
  const inner = loaded['default'] as { default?: unknown } | undefined;
  const found = [inner, inner?.default].find((each) => typeof each === 'function');
  if (!found)
    throw new DriverError('no-puppet', `${name} is no puppet: it has no class as its default export`);
  return found as PuppetClass;
}

/** Where a puppet keeps its login: `session.memory-card.json` in the account's folder, the one that is worked in. */
async function loadMemory(): Promise<unknown> {
  try {
    const { MemoryCard } = (await importPackage('memory-card')) as {
      MemoryCard: new (options: object) => { load(): Promise<void> };
    };
    const memory = new MemoryCard({ name: join(process.cwd(), 'session') });
    await memory.load();
    return memory;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
