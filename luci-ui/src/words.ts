import type { LinkSnapshot, Snapshot } from '../../backend/src/status/snapshot.ts';
import { _, fill, N_ } from './i18n.ts';

/** How good it is; a colour, always beside words. */
export type Tone = 'good' | 'fair' | 'bad' | 'off';

export interface Words {
  text: string;
  tone: Tone;
}

/** The whole state in one or two sentences. */
export function headline(snapshot: Snapshot): Words {
  const text = (sentence: string, tone: Tone): Words => ({ text: sentence, tone });
  switch (snapshot.state) {
    case 'stopped':
      return text(_('Bonding is stopped.'), 'off');
    case 'starting':
      return text(`${_('Bonding is starting.')} ${carriers(snapshot.links)}`, 'fair');
    case 'up':
      return text(carriers(snapshot.links), 'good');
    case 'degraded':
      return text(`${carriers(snapshot.links)} ${absent(snapshot.links)}`.trim(), 'fair');
    case 'fallback':
      return text(_('No link carries traffic. It goes out without the bond.'), 'bad');
    case 'down':
      return text(_('No link carries traffic.'), 'bad');
    default:
      // A newer daemon may know more states than this page.
      return text(String(snapshot.state), 'fair');
  }
}

/** "2 of 3 links carry traffic." Links that are switched off do not count. */
function carriers(links: LinkSnapshot[]): string {
  const wanted = links.filter((link) => link.enabled);
  const active = wanted.filter((link) => link.slave).length;
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

/** "lte is down." for each link that should carry traffic and does not; the first three. */
function absent(links: LinkSnapshot[]): string {
  return links
    .filter((link) => link.enabled && !link.slave)
    .slice(0, 3)
    .map((link) => fill(absence(link), { name: link.interface ?? link.name }))
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
  return { rx: _('Down'), tx: _('Up') };
}
