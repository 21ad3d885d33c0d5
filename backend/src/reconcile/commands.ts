/** One step from what is to what should be. Data: nothing happens until effects/ carries it out. */
export type Command = RunCommand | WriteCommand | SaveCommand | StartTunnel | StopTunnel;

/** Run a program; `stdin` is given to it when it reads a script. Never through a shell. */
export interface RunCommand {
  kind: 'run';
  argv: readonly string[];
  stdin: string | null;
}

/** Write a short text into a kernel file. */
export interface WriteCommand {
  kind: 'write';
  path: string;
  text: string;
}

/** Keep a text in a file of the run folder, for the next daemon too; null: the file goes. */
export interface SaveCommand {
  kind: 'save';
  file: string;
  text: string | null;
}

/** Write the tunnel's configuration into the run folder and start OpenVPN with it. */
export interface StartTunnel {
  kind: 'start-tunnel';
  link: string;
  config: string;
}

/** End one OpenVPN process of ours. */
export interface StopTunnel {
  kind: 'stop-tunnel';
  link: string;
  pid: number;
}

/** Shorthand for `ip` with these words. */
export function ip(...words: string[]): RunCommand {
  return { kind: 'run', argv: ['ip', ...words], stdin: null };
}

/**
 * The command as a person would type it, for the log and for `bonding plan`; only for reading.
 * A script on stdin follows as indented lines.
 */
export function printCommand(command: Command): string {
  switch (command.kind) {
    case 'run': {
      const line = command.argv.map(quote).join(' ');
      const script = command.stdin?.trimEnd().replace(/^/gm, '    ');
      return script === undefined ? line : `${line}\n${script}`;
    }
    case 'write':
      return `echo ${quote(command.text)} > ${command.path}`;
    case 'save':
      return command.text === null
        ? `rm ${command.file}`
        : `echo ${quote(command.text)} > ${command.file}`;
    case 'start-tunnel':
      return `openvpn --config ${command.link}.conf   # tunnel of link '${command.link}'`;
    case 'stop-tunnel':
      return `kill ${command.pid}   # tunnel of link '${command.link}'`;
  }
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
