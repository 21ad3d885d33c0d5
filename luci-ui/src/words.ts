import type {
  ForwardSnapshot,
  LinkSnapshot,
  OpenvpnSnapshot,
  Snapshot,
} from '../../backend/src/status/snapshot.ts';
import { _, fill, N_ } from './i18n.ts';

/** How good it is; a colour, always beside words. */
export type Tone = 'good' | 'fair' | 'bad' | 'off';

export interface Words {
  text: string;
  tone: Tone;
}

/** Since when each link, by name, is in its state, as a time of day for people. */
export type Times = ReadonlyMap<string, string>;

const NO_TIMES: Times = new Map();

/** The whole state in one or two sentences; without `times`, without times of day. */
export function headline(snapshot: Snapshot, times: Times = NO_TIMES): Words {
  const text = (sentence: string, tone: Tone): Words => ({ text: sentence, tone });
  switch (snapshot.state) {
    case 'stopped':
      return text(_('Bonding is stopped.'), 'off');
    case 'starting':
      return text(`${_('Bonding is starting.')} ${carriers(snapshot.links)}`, 'fair');
    case 'up':
    case 'degraded':
      return text(
        `${carriers(snapshot.links)} ${absent(snapshot.links, times)}`.trim(),
        carriage(snapshot),
      );
    case 'fallback':
      return text(_('No link carries traffic. It goes out without the bond.'), 'bad');
    case 'down':
      return text(_('No link carries traffic.'), 'bad');
    default:
      // A newer daemon may know more states than this page.
      return text(String(snapshot.state), 'fair');
  }
}

/** Links may be up and yet not in the bond: where there is no driver none carries traffic. */
function carriage({ state, links }: Snapshot): Tone {
  const wanted = links.filter((link) => link.enabled);
  if (!wanted.some(carries)) return 'bad';
  return state === 'up' && wanted.every(carries) ? 'good' : 'fair';
}

/** A link that is found dead is a slave until the bond has been told so, some ms later. */
export function carries({ slave, state }: LinkSnapshot): boolean {
  return slave && state === 'up';
}

/** "2 of 3 links carry traffic." Links that are switched off do not count. */
function carriers(links: LinkSnapshot[]): string {
  const wanted = links.filter((link) => link.enabled);
  const active = wanted.filter(carries).length;
  const values = { active, all: wanted.length };
  if (wanted.length === 0) return _('There is no link to carry traffic.');
  if (active < wanted.length) {
    return fill(
      N_(
        wanted.length,
        '{active} of {all} link carries traffic.',
        '{active} of {all} links carry traffic.',
      ),
      values,
    );
  }
  return fill(
    N_(active, 'The only link carries traffic.', 'All {all} links carry traffic.'),
    values,
  );
}

/** "lte is down since 14:02." for each link that should carry traffic and does not; the first three. */
function absent(links: LinkSnapshot[], times: Times): string {
  return links
    .filter((link) => link.enabled && !carries(link))
    .slice(0, 3)
    .map((link) => {
      const time = times.get(link.name);
      const sentence = time === undefined ? absence(link) : absenceSince(link);
      return fill(sentence, { name: link.interface ?? link.name, time: time ?? '' });
    })
    .join(' ');
}

function absence(link: LinkSnapshot): string {
  switch (link.state) {
    case 'waiting':
      return _('{name} waits for its line.');
    case 'connecting':
      return _('{name} is connecting.');
    case 'parked':
      return _('{name} is taken out.');
    case 'up':
      return _('{name} is up but not in the bond.');
    default:
      return _('{name} is down.');
  }
}

function absenceSince(link: LinkSnapshot): string {
  switch (link.state) {
    case 'waiting':
      return _('{name} has waited for its line since {time}.');
    case 'parked':
      return _('{name} was taken out at {time}.');
    case 'down':
      return _('{name} is down since {time}.');
    default:
      return absence(link);
  }
}

/** The state of one link. */
export function phase(link: LinkSnapshot): Words {
  switch (link.state) {
    case 'disabled':
      return { text: _('Switched off'), tone: 'off' };
    case 'waiting':
      return { text: _('Waiting for its line'), tone: 'fair' };
    case 'connecting':
      return { text: _('Connecting'), tone: 'fair' };
    case 'up':
      return { text: _('Up'), tone: link.slave ? 'good' : 'fair' };
    case 'parked':
      return { text: _('Taken out'), tone: 'off' };
    case 'down':
      return { text: _('Down'), tone: 'bad' };
    default:
      return { text: String(link.state), tone: 'fair' };
  }
}

/** What receiving and sending mean where the daemon runs. */
export function directions(role: Snapshot['role']): { rx: string; tx: string } {
  if (role === 'server') return { rx: _('From router'), tx: _('To router') };
  return { rx: _('Download'), tx: _('Upload') };
}

/** How the traffic is divided over the links, in plain words. */
export function division(driver: Snapshot['driver'], mode: string): string {
  if (driver === null) return _('nothing runs');
  if (driver === 'spread') return _('all lines at once');
  if (driver === 'active-backup') return _('one line at a time');
  switch (mode) {
    case 'balance-rr':
      return _('all lines at once');
    case 'active-backup':
      return _('one line at a time');
    case 'broadcast':
      return _('every packet on every line');
    case 'balance-xor':
    case '802.3ad':
    case 'balance-tlb':
    case 'balance-alb':
      return _('each connection on one line');
    default:
      return driver;
  }
}

/** Whether a server carries a port forward out. */
export function forwardState(forward: Pick<ForwardSnapshot, 'enabled' | 'active'>): Words {
  if (!forward.enabled) return { text: _('Switched off'), tone: 'off' };
  return forward.active
    ? { text: _('Active'), tone: 'good' }
    : { text: _('Not active'), tone: 'bad' };
}

/** How grave a problem is. */
export function gravity(severity: Snapshot['problems'][number]['severity']): Words {
  if (severity === 'error') return { text: _('Error'), tone: 'bad' };
  if (severity === 'warning') return { text: _('Warning'), tone: 'fair' };
  return { text: _('Note'), tone: 'off' };
}

/** What OpenVPN says of its tunnel. */
export function tunnelState({ state }: OpenvpnSnapshot): string {
  switch (state) {
    case 'connecting':
      return _('starting');
    case 'wait':
      return _('waiting for an answer');
    case 'auth':
      return _('authenticating');
    case 'connected':
      return _('connected');
    case 'reconnecting':
      return _('reconnecting');
    case 'exiting':
      return _('ending');
    default:
      return String(state);
  }
}
