import type { LinkSnapshot, Snapshot } from '../../../backend/src/status/snapshot.ts';
import { _ } from '../i18n.ts';
import { directions } from '../words.ts';
import { LinkRows } from './link.tsx';

/** One row per link. */
export function Links({ snapshot }: { snapshot: Snapshot }) {
  const names = directions(snapshot.role);
  return (
    <div class="cbi-section">
      <h3>{_('Links')}</h3>
      {snapshot.links.length === 0 ? <NoLinks /> : <Table links={snapshot.links} names={names} />}
    </div>
  );
}

function Table({ links, names }: { links: LinkSnapshot[]; names: { rx: string; tx: string } }) {
  const titles = [
    _('Link'),
    _('WAN'),
    _('Tunnel'),
    _('In the bond'),
    names.rx,
    names.tx,
    _('Share'),
    _('Since'),
  ];
  return (
    <div class="bonding-scroll">
      <table class="table bonding-links">
        <thead>
          <tr class="tr table-titles">
            {titles.map((title) => (
              <th class="th" scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        {links.map((link) => (
          <LinkRows link={link} names={names} columns={titles.length} key={link.name} />
        ))}
      </table>
    </div>
  );
}

function NoLinks() {
  return (
    <p class="cbi-section-descr">
      <em>
        {_(
          'There are no links yet. Each line needs a section "config link" in /etc/config/bonding.',
        )}
      </em>
    </p>
  );
}
