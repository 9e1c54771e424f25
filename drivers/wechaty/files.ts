/**
 * Files between the puppet and the hub: never in the messages, but in the folder `files` of the account, by a name that
 * the hub chose. They are written and read piece by piece.
 */
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DriverError, importPackage, type FileBox } from './puppet.ts';

interface FileBoxClass {
  fromFile(path: string, name: string): FileBox;
}

const FOLDER = 'files';
/** What the hub may call a file. */
const NAME = /^[0-9a-z]+$/;

/** Writes what a puppet hands over. @throws DriverError when it is larger than `limitBytes` */
export async function writeFile(
  box: FileBox,
  file: string,
  limitBytes: number,
): Promise<{ name: string; mime: string | undefined; sizeBytes: number }> {
  let sizeBytes = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sizeBytes += piece.length;
      if (sizeBytes > limitBytes) done(new DriverError('too-large', 'the file is too large'));
      else done(null, piece);
    },
  });
  const path = toPath(file);
  try {
    await pipeline(await box.toStream(), counted, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { name: box.name, mime: box.mediaType, sizeBytes };
}

/** What the hub has written, for the puppet, under the name that people see. */
export async function readFile(file: string, name: string): Promise<FileBox> {
  const { FileBox } = (await importPackage('file-box')) as unknown as { FileBox: FileBoxClass };
  return FileBox.fromFile(toPath(file), name);
}

function toPath(file: string): string {
  if (!NAME.test(file)) throw new DriverError('failed', 'no such file');
  return join(process.cwd(), FOLDER, file);
}
