import type { TestResult } from '../../../backend/src/status/test-result.ts';
import { bitRate } from '../format.ts';
import { _, fill } from '../i18n.ts';

interface Props {
  test: TestResult;
  names: { rx: string; tx: string };
}

/** What the test has found: each line, their sum, the bond, and how much of the sum the bond brings. */
export function SpeedResult({ test, names }: Props) {
  const { bond, percent } = test;
  const several = test.links.filter(({ skipped }) => skipped === null).length > 1;
  return (
    <>
      <table class="table bonding-speed">
        <thead>
          <tr class="tr table-titles">
            <th class="th" scope="col">
              {_('Line')}
            </th>
            <th class="th" scope="col">
              {names.rx}
            </th>
            <th class="th" scope="col">
              {names.tx}
            </th>
          </tr>
        </thead>
        <tbody>
          {test.links.map((link) => (
            <Line name={link.name} rates={link} why={link.skipped} key={link.name} />
          ))}
          {several && <Line name={_('Sum')} rates={test.sum} kind="sum" />}
          {bond && <Line name={_('Bond')} rates={bond} kind="sum" />}
          {bond && percent && (
            <Row name={_('Bond, of the sum')} down={`${percent.down} %`} up={`${percent.up} %`} />
          )}
        </tbody>
      </table>
      <Verdicts test={test} names={names} />
    </>
  );
}

/** What kept each direction from being faster, in the daemon's words, and what to do. */
function Verdicts({ test, names }: Props) {
  const { down = null, up = null } = test.verdict ?? {};
  const said = [
    { name: names.rx, verdict: down },
    { name: names.tx, verdict: up },
  ];
  const fixes = new Set(said.flatMap(({ verdict }) => verdict?.fix ?? []));
  return (
    <>
      {said.map(
        ({ name, verdict }) =>
          verdict && (
            <p class="bonding-descr" key={name}>
              <strong>{name}</strong>: {verdict.text}
            </p>
          ),
      )}
      {[...fixes].map((fix) => (
        <p class="bonding-descr" key={fix}>
          <em>{_('What to do:')}</em> {fix}
        </p>
      ))}
    </>
  );
}

interface LineProps {
  name: string;
  rates: { down: number | null; up: number | null };
  why?: string | null;
  kind?: 'sum';
}

function Line({ name, rates, why, kind }: LineProps) {
  if (why) {
    return (
      <tr class="tr">
        <th class="td" scope="row">
          {name}
        </th>
        <td class="td" colSpan={2}>
          <em>{fill(_('left out: {reason}'), { reason: why })}</em>
        </td>
      </tr>
    );
  }
  const { down, up } = rates;
  return <Row name={name} down={bitRate(down)} up={bitRate(up)} kind={kind} />;
}

interface RowProps {
  name: string;
  down: string;
  up: string;
  kind?: 'sum' | undefined;
}

function Row({ name, down, up, kind }: RowProps) {
  return (
    <tr class={`tr${kind ? ' bonding-sum' : ''}`}>
      <th class="td" scope="row">
        {name}
      </th>
      <td class="td">{down}</td>
      <td class="td">{up}</td>
    </tr>
  );
}
