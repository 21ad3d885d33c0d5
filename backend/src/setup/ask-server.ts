import { readFileSync } from 'node:fs';
import { exchangeLine } from '../effects/join-client.ts';
import { type Problem, problem } from '../errors.ts';
import type { OnlineCode } from '../join/code.ts';
import {
  formatRequest,
  REPLY_LIMIT,
  type RefusalCode,
  readReply,
  TIME_LIMIT,
} from '../join/messages.ts';
import type { Settings } from '../join/settings.ts';

/** What a server said, or why nothing came of it. */
export type Answer = { ok: true; settings: Settings } | { ok: false; error: Problem };

/** Our own identity: paths of PEM files. */
export interface Credentials {
  certificate: string;
  key: string;
}

const AGAIN = 'make a new code on the server: bonding server code --name NAME';

const REFUSED: Readonly<Record<RefusalCode, { reason: string; instead: string }>> = {
  'wrong-secret': {
    reason: 'the server does not know this code; it may have made a newer one since',
    instead: `use the newest code, or ${AGAIN}`,
  },
  used: { reason: 'another router has joined with this code', instead: AGAIN },
  expired: { reason: 'the code is older than a day', instead: AGAIN },
  closed: { reason: 'no join code is outstanding on the server', instead: AGAIN },
  failed: {
    reason: 'the server could not do its part',
    instead: 'see its log and, on the server: bonding check; then do the same again',
  },
  version: {
    reason: 'the server runs another version of bonding',
    instead: 'install the same version at both ends, then do the same again',
  },
};

/** One exchange with the server of the code. Never rejects. */
export async function askServer(
  code: OnlineCode,
  own: Credentials,
  confirm: boolean,
  time = TIME_LIMIT,
): Promise<Answer> {
  const { host, port, fingerprint } = code;
  const asked = {
    ...{ host, port, fingerprint },
    certificate: readFileSync(own.certificate, 'utf8'),
    key: readFileSync(own.key, 'utf8'),
    limits: { bytes: REPLY_LIMIT, time },
  };
  const secret = Buffer.from(code.secret).toString('hex');
  const said = await exchangeLine(asked, formatRequest({ secret, confirm }));
  const server = `${host}, TCP port ${port},`;
  if (confirm && 'sent' in said && said.sent) {
    return no(problem('join-unsure', 'join', { reason: said.reason }));
  }
  switch (said.kind) {
    case 'unreachable':
    // A machine that hangs takes the connection, and no more.
    case 'silent':
      return no(problem('join-unreachable', 'join', { server: host, port, reason: said.reason }));
    case 'stranger':
      return no(problem('join-stranger', 'join', { server, got: said.got }));
    case 'broken':
      return no(problem('join-answer', 'join', { server, reason: said.reason }));
    case 'line':
      return understand(said.line, server);
  }
}

function understand(line: string, server: string): Answer {
  const reply = readReply(line);
  if (reply === null) {
    return no(problem('join-answer', 'join', { server, reason: 'it is not what was asked for' }));
  }
  if ('error' in reply) return no(problem('join-refused', 'join', REFUSED[reply.error]));
  return { ok: true, settings: reply.settings };
}

function no(error: Problem): Answer {
  return { ok: false, error };
}
