/** What went wrong, in the hub's words: of the disk, of a foreign server, of whoever was sending. */
import { HutongError, MediaError } from '../hub/errors.ts';
import { HttpError } from '../wire/http/errors.ts';

/** A `MediaError`, whatever was thrown while a file was kept or fetched. */
export function toMediaError(error: unknown, doing: string): HutongError {
  if (error instanceof HutongError) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new MediaError(toCode(error), `${doing}: ${why}`, { cause: error });
}

function toCode(error: unknown): 'media-too-large' | 'media-refused' | 'media-unreachable' | 'media-failed' {
  if (!(error instanceof HttpError)) return 'media-failed';
  switch (error.code) {
    case 'http-too-large':
      return 'media-too-large';
    case 'http-url-invalid':
    case 'http-address-refused':
      return 'media-refused';
    default:
      return 'media-unreachable';
  }
}
