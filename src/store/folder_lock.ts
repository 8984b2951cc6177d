/**
 * Keeps a second process out of the embedded database's folder: nothing in PGlite does, and two at once destroy it. A
 * lock whose holder is dead, as after a crash, is taken over.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { GatehouseError } from '../errors.ts';

/** Gives the folder free. */
export type Unlock = () => void;

interface Holder {
  readonly pid: number;
  /** When the process began, where the system tells: a number that is given out again is another process. */
  readonly began: string;
}

/**
 * Lock a folder for this process, by a file beside it.
 * @throws GatehouseError `database_in_use`
 */
export function lockFolder(folder: string): Unlock {
  const file = `${folder.replace(/\/+$/, '')}.lock`;
  const own = `${process.pid} ${beginningOf(process.pid)}`;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(file, own, { flag: 'wx', mode: 0o600 });
      return () => rmSync(file, { force: true });
    } catch (thrown) {
      if ((thrown as { code?: string }).code !== 'EEXIST') throw thrown;
    }
    const found = read(file);
    if (found !== undefined) {
      const holder = parsed(found);
      if (holder && alive(holder)) {
        throw new GatehouseError('database_in_use', 500,
          `the embedded database in ${folder} is open in process ${holder.pid}: stop that one first, or share a real PostgreSQL by DATABASE_URL`);
      }
      takeAway(file, found);
    }
  }
  throw new GatehouseError('database_in_use', 500, `the embedded database in ${folder} is being opened by other processes at this moment`);
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

function parsed(text: string): Holder | undefined {
  const found = /^(\d+) (\S*)$/.exec(text);
  return found ? { pid: Number(found[1]), began: found[2] ?? '' } : undefined;
}

/** Jiffies since the machine's start at which a process began (proc(5), stat, field 22); empty where nobody tells. */
function beginningOf(pid: number): string {
  try {
    // The name in field 2 may hold anything, spaces and brackets included: count from behind its last bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

function alive({ pid, began }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // Somebody else's process lives all the same.
    if ((thrown as { code?: string }).code !== 'EPERM') return false;
  }
  return beginningOf(pid) === began;
}

/** Remove a dead holder's lock. Of two who find it one renames it; who got hold of a newer one puts it back. */
function takeAway(file: string, dead: string): void {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, aside);
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'ENOENT') return;
    throw thrown;
  }
  if (read(aside) === dead) rmSync(aside);
  else renameSync(aside, file);
}
