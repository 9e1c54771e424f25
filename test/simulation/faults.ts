/**
 * Deliberate faults: each puts one wrong line into the hub's source, as it is loaded, in place of a right one. The
 * simulation must catch every one of them, which is how we know that its rules are worth something.
 */
import { registerHooks } from 'node:module';

export interface Fault {
  name: string;
  /** The file under src/ that holds the right line. */
  file: string;
  right: string;
  wrong: string;
}

export const faults: readonly Fault[] = [
  {
    name: 'acknowledge before append',
    file: 'hub/intake.ts',
    right: 'return this.#enter(room, report).done;\n\n    const refusal',
    wrong: 'return void this.#enter(room, report), Promise.resolve();\n\n    const refusal',
  },
  {
    name: 'settle twice, the second time as failed',
    file: 'hub/settling.ts',
    right: 'journal.settle(settlements).then(',
    wrong:
      "journal.settle(settlements).then(() => journal.settle(settlements.map((one) => ({ ...one, state: 'parked', reason: 'twice' })))).then(",
  },
  {
    name: 'forget a lane when starting',
    file: 'hub/lanes.ts',
    right: 'const lanes = await this.#host.journal.lanes();',
    wrong: 'const lanes = (await this.#host.journal.lanes()).slice(1);',
  },
  {
    name: 'reorder the queue',
    file: 'hub/lane-queue.ts',
    right: 'this.#items[at - 1]!.id > item.id',
    wrong: 'this.#items[at - 1]!.id < item.id',
  },
  {
    name: 'send again without asking whether it went out',
    file: 'hub/lane.ts',
    right: 'item.uncertain = true;\n        this.#postpone',
    wrong: 'item.uncertain = false;\n        this.#postpone',
  },
  {
    name: 'take what was under way at a cut as not sent',
    file: 'hub/lane.ts',
    right: 'item.uncertain = true;\n      this.#queue.insert(item);\n    }\n    this.#underWay.clear();',
    wrong: 'this.#queue.insert(item);\n    }\n    this.#underWay.clear();',
  },
  {
    name: 'take what was under way at a crash as not sent',
    file: 'hub/lane-queue.ts',
    right: 'uncertain: sending,',
    wrong: 'uncertain: false,',
  },
  {
    name: 'take an unknown outcome as sent',
    file: 'hub/sending.ts',
    right: "if (!isFailure(error)) return { kind: 'unknown', receipts, reason };",
    wrong: "if (!isFailure(error)) return { kind: 'sent', receipts };",
  },
  {
    name: 'settle without the copies',
    file: 'hub/lane.ts',
    right: "this.#settlement(item, 'sent', '', outcome.receipts)",
    wrong: "this.#settlement(item, 'sent', '')",
  },
  {
    name: 'send again what is settled',
    file: 'hub/lane.ts',
    right: 'this.#host.sent(this.room, item.event);\n        const carried',
    wrong:
      'if (item.attempts === 0) { item.attempts += 1; item.begun = false; this.#queue.insert(item); }\n        const carried',
  },
  {
    name: 'give a failed message up',
    file: 'hub/lane.ts',
    right: 'if (outcome.permanent) {',
    wrong: 'if (outcome.permanent || item.attempts === 0) {',
  },
  {
    name: 'do not wait for what may be an echo',
    file: 'hub/intake.ts',
    right: 'if (report.own) await this.#awaitQuiet(room, echoWaitMs);',
    wrong: '',
  },
  {
    name: 'forget by which id a message is known',
    file: 'hub/reported.ts',
    right: '...(report.native !== undefined && { native: report.native }),',
    wrong: '',
  },
  {
    name: 'let anybody edit',
    file: 'hub/intake.ts',
    right: 'original.sender.id === report.actor.id',
    wrong: 'original.sender.id !== undefined',
  },
  {
    name: 'let an edit overtake its message',
    file: 'hub/lane.ts',
    right: 'if (this.#waitsForCopy(item.event)) return false;',
    wrong: '',
  },
  {
    name: 'go on while a room gives back what it was handed',
    file: 'hub/lane.ts',
    right: 'this.#settling.isBlocked || this.#holds) return false;',
    wrong: 'this.#settling.isBlocked) return false;',
  },
  {
    name: 'lose what did not fit into memory',
    file: 'hub/lane-queue.ts',
    right: 'this.#text >= textLimit)) this.#spilled = true;',
    wrong: 'this.#text >= textLimit)) return;',
  },
  {
    name: 'send a message back into its own room',
    file: 'hub/links.ts',
    right: 'if (from === to) return false;',
    wrong: '',
  },
  {
    name: 'take the echo of a program’s act for somebody’s',
    file: 'hub/intake.ts',
    right: 'if (report.own && isEcho(journey, report)) {',
    wrong: 'if (report.own && journey === undefined) {',
  },
  {
    name: 'let an edit that is tried again undo a newer one',
    file: 'hub/acts.ts',
    right: 'if (await isOvertaken(place, journey, act)) {',
    wrong: 'if (Math.random() > 2) {',
  },
  {
    name: 'settle without telling who posted it',
    file: 'engines/sqlite/deliveries.ts',
    right: 'return before === state ? 0 : tell(',
    wrong: 'return before !== parkedState ? 0 : tell(',
  },
  {
    name: 'send a private message where the links say',
    file: 'hub/intake.ts',
    right: '(privately ?? this.#host.links().targets(event))',
    wrong: 'this.#host.links().targets(event)',
  },
  {
    name: 'pass on what the account itself is called',
    file: 'hub/intake.ts',
    right: 'return !own && !event.direct',
    wrong: 'return !event.direct',
  },
  {
    name: 'tell a new name though the link says no',
    file: 'hub/links.ts',
    right: 'return !link.renames;',
    wrong: 'return false;',
  },
  {
    name: 'show a new name again without asking whether it was shown',
    file: 'hub/renames.ts',
    right: 'idempotent: false',
    wrong: 'idempotent: true',
  },
  {
    name: 'take calls of a run that is over',
    file: 'hub/run.ts',
    right: 'if (this.#over)',
    wrong: 'if (Math.random() > 2)',
  },
  {
    name: 'let a request be answered twice',
    file: 'hub/intake.ts',
    right: 'return this.#append(event, toAnswerKey(event.target, failed), [event.room]);',
    wrong: 'return this.#append(event, event.id, [event.room]);',
  },
  {
    name: 'tell the network nothing of an answer',
    file: 'hub/intake.ts',
    right: 'toAnswerKey(event.target, failed), [event.room]);',
    wrong: 'toAnswerKey(event.target, failed), []);',
  },
  {
    name: 'forget how a request was answered',
    file: 'hub/requests.ts',
    right: 'kept.answer = event;',
    wrong: '',
  },
];

/** Loads the hub with this fault in it. Must be called before anything of the hub is imported. */
export function plant(fault: Fault): void {
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.endsWith(`/src/${fault.file}`) || loaded.source === undefined) return loaded;
      const source = Buffer.from(loaded.source as Uint8Array).toString();
      if (source.split(fault.right).length !== 2) {
        throw new Error(
          `the fault "${fault.name}" does not fit ${fault.file} any more: its right line must be there once`,
        );
      }
      return { ...loaded, source: source.replace(fault.right, () => fault.wrong) };
    },
  });
}
