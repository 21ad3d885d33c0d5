import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { Snapshot } from '../../backend/src/status/snapshot.ts';
import type { Connection, Sink } from './transport.ts';
import { headline, type Words } from './words.ts';

type Problem = Snapshot['problems'][number];

/** All that the page shows. The last snapshot stays when the connection is lost. */
export interface Store {
  snapshot: ReadonlySignal<Snapshot | null>;
  connection: ReadonlySignal<Connection>;
  /** The state in plain words; null before the first snapshot. */
  headline: ReadonlySignal<Words | null>;
  /** Problems that no link's row shows. */
  problems: ReadonlySignal<Problem[]>;
  /** Where a transport puts what it gets. */
  sink: Sink;
}

/** An empty store. */
export function createStore(): Store {
  const snapshot = signal<Snapshot | null>(null);
  const connection = signal<Connection>({ state: 'connecting' });
  return {
    snapshot,
    connection,
    headline: computed(() => snapshot.value && headline(snapshot.value)),
    problems: computed(() => (snapshot.value ? unlinked(snapshot.value) : [])),
    sink: {
      snapshot: (next) => {
        snapshot.value = next;
      },
      connection: (next) => {
        connection.value = next;
      },
    },
  };
}

function unlinked({ links, problems }: Snapshot): Problem[] {
  return problems.filter(
    (one) => !links.some(({ problem }) => problem && identity(problem) === identity(one)),
  );
}

function identity({ code, subject, text }: Problem): string {
  return JSON.stringify([code, subject, text]);
}
