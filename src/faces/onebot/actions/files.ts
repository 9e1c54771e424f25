/** Files that were received, and whether any can be sent. */
import { refuseUnknown } from '../failure.ts';
import { findMediaId, takeFile, toBase64Address } from '../files.ts';
import { toMediaUrl } from '../../../hub/media.ts';
import type { Action, Actions, Parts } from './action.ts';

type FileAction =
  | 'get_image'
  | 'get_record'
  | 'get_file'
  | 'download_file'
  | 'can_send_image'
  | 'can_send_record';

export function createFileActions({ host: { media } }: Parts): Actions<FileAction> {
  /** A path of this disk would be of no use to a bot that runs elsewhere: the file is where its link leads. */
  const show = async (file: string): Promise<unknown> => {
    const id = findMediaId(file, media);
    if (id === undefined) {
      const { protocol } = URL.parse(file) ?? {};
      if (protocol === 'https:' || protocol === 'http:') return { file, url: file };
      return refuseUnknown(`no file ${JSON.stringify(file.slice(0, 100))} is kept here`);
    }
    const info = await media.find(id);
    if (!info) return refuseUnknown(`there is no file ${id}, or it is no longer kept`);
    const url = media.resolve(toMediaUrl(id, 'file'));
    return { file: url, url, file_size: String(info.sizeBytes), file_name: id };
  };
  const can: Action<'can_send_image' | 'can_send_record'> = {
    scope: 'read',
    // Where a network cannot carry it, a link is sent.
    run: async () => ({ yes: true }),
  };
  return {
    get_image: { scope: 'read', run: ({ file }) => show(file) },
    get_record: { scope: 'read', run: ({ file }) => show(file) },
    get_file: { scope: 'read', run: ({ file, file_id }) => show(file_id || file) },
    download_file: {
      scope: 'send',
      async run({ url, base64, name }) {
        const about = name === '' ? {} : { name };
        const inline = /^data:[^,]*;base64,(.*)$/s.exec(url)?.[1] ?? base64;
        if (inline !== '')
          return { file: media.idOf(await takeFile(toBase64Address(inline), about.name, media)) };
        if (url === '') return refuseUnknown('neither "url" nor "base64" says what is to be fetched');
        return { file: (await media.fetch(url, about)).id };
      },
    },
    can_send_image: can,
    can_send_record: can,
  };
}
