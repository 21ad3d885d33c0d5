import type { ForwardSnapshot } from '../../../backend/src/status/snapshot.ts';
import { _, fill } from '../i18n.ts';
import { forwardState } from '../words.ts';
import { Badge } from './badge.tsx';

/** The ports of a server that lead to hosts behind its router. */
export function Forwards({ forwards }: { forwards: readonly ForwardSnapshot[] }) {
  return (
    <div class="cbi-section">
      <h3>{_('Forwarded ports')}</h3>
      <table class="table bonding-forwards">
        <thead>
          <tr class="tr table-titles">
            {[_('Port here'), _('Goes to'), _('Connections')].map((title) => (
              <th class="th" scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {forwards.map((forward) => (
            <Row forward={forward} key={forward.name} />
          ))}
        </tbody>
      </table>
      <p class="bonding-descr">
        <small>
          {_('Connections are counted since the bond was started or the settings changed.')}
        </small>
      </p>
    </div>
  );
}

function Row({ forward }: { forward: ForwardSnapshot }) {
  const { name, proto, port, dest_ip, dest_port, connections } = forward;
  return (
    <tr class="tr">
      <th class="td" scope="row">
        {`${protocolName(proto)} ${port}`}
        <small>{name}</small>
        <Badge words={forwardState(forward)} />
      </th>
      <td class="td">
        {dest_ip}
        <small>{fill(_('port {port}'), { port: dest_port })}</small>
      </td>
      <td class="td">{connections}</td>
    </tr>
  );
}

function protocolName(proto: ForwardSnapshot['proto']): string {
  return proto === 'tcpudp' ? _('TCP and UDP') : proto.toUpperCase();
}
