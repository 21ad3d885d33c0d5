/**
 * Whether a line of `ip -4 -o monitor link address route rule` may change our plan: it is about a rule,
 * or names one of `devices`. A router's radios report themselves several times a minute.
 */
export function concerns(line: string, devices: ReadonlySet<string>): boolean {
  if (/^(Deleted )?\d+:\tfrom /.test(line)) return true;
  const link = /^(?:Deleted )?\d+: ([^\s:@]+)/.exec(line)?.[1];
  if (link !== undefined) return devices.has(link);
  const route = / dev (\S+)/.exec(line)?.[1];
  return route !== undefined && devices.has(route);
}
