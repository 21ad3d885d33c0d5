import { _ } from '../i18n.ts';
import type { Trouble } from '../transport.ts';

/** Why there is no status, and what the reader can do. */
export interface TroubleWords {
  title: string;
  text: string;
  /** What is put beside the words. */
  offer: 'none' | 'check' | 'reload' | 'login';
  /** LuCI's kind of message; `notice` where nothing has failed. */
  kind?: 'notice';
  /** It goes on by itself once the cause is gone, so the page only waits. */
  retried: boolean;
}

/** The words for a trouble; `inLuci`: the page is a part of LuCI, not the daemon's own. */
export function troubleWords(trouble: Trouble, inLuci: boolean): TroubleWords {
  switch (trouble) {
    case 'absent':
      return {
        title: _('The bonding daemon is not running.'),
        text: inLuci
          ? _('Start it under System, Startup, or with: /etc/init.d/bonding start')
          : _('Start it: bonding daemon'),
        offer: 'none',
        retried: true,
      };
    case 'unconfigured':
      return {
        title: _('Bonding is not configured yet.'),
        text: _('The daemon runs and waits for a configuration it can use.'),
        offer: 'check',
        kind: 'notice',
        retried: true,
      };
    case 'forbidden':
      return {
        title: _('You may not see the status.'),
        text: inLuci
          ? _('This login lacks the permission luci-app-bonding; the administrator can give it.')
          : _('Open the address that the command "bonding page" prints.'),
        offer: 'none',
        retried: false,
      };
    case 'expired':
      return {
        title: _('The session has ended.'),
        text: inLuci ? _('Log in again to go on.') : _('Open the page again.'),
        offer: 'login',
        retried: false,
      };
    case 'version':
      return {
        title: _('This page and the daemon do not understand each other.'),
        text: _(
          'One of them is older. Reload the page; if that does not help, install both packages in the same version and restart the daemon.',
        ),
        offer: 'reload',
        retried: true,
      };
    case 'full':
      return {
        title: _('As many pages as the daemon allows are open already.'),
        text: _('Close one, in this browser or another.'),
        offer: 'none',
        retried: true,
      };
    default:
      return {
        title: _('The bonding daemon does not answer.'),
        text: _('It may be starting, or the way to the router is interrupted.'),
        offer: 'none',
        retried: true,
      };
  }
}
