/**
 * One process for one account: two puppets would log each other out, and spoil each other's kept login and spool. A hub that
 * is killed leaves its driver behind for a moment, so the next one waits for its end here. The lock is a transaction held open
 * on a small file: the operating system frees it when the process ends, however it does, which a file with a process id in it
 * cannot promise.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';

const TRY_EVERY_MS = 50;
/** Some times what a driver may take to end when its hub is gone (orphan.ts). */
const WAIT_LIMIT_MS = 30_000;
/** @see https://sqlite.org/rescode.html#busy */
const BUSY = 5;

/** Kept, so that it is never collected, which would free the lock. */
const held: DatabaseSync[] = [];

/** Takes the file for this process. Resolves when no other one has it. @throws Error when one keeps it */
export async function waitForLock(file: string): Promise<void> {
  const deadline = performance.now() + WAIT_LIMIT_MS;
  while (!tryLock(file)) {
    if (performance.now() > deadline) throw new Error('the account’s process before this one does not end');
    await sleep(TRY_EVERY_MS);
  }
}

function tryLock(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { errcode?: unknown }).errcode === BUSY) return false;
    throw error;
  }
  held.push(database);
  return true;
}
