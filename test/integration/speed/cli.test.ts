import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { main } from '../../../backend/src/cli/main.ts';
import { problem } from '../../../backend/src/errors.ts';
import { NO_TEST, type TestResult, withSum } from '../../../backend/src/status/test-result.ts';
import { bondingMethods, type ObjectHandlers } from '../../../backend/src/status/ubus-object.ts';
import { type Broker, startBroker } from '../../../backend/src/ubus/broker.ts';
import { type Client, connect } from '../../../backend/src/ubus/index.ts';
import { testFolder } from '../../fakes/folder.ts';
import { captureOutput, type Output } from '../../fakes/output.ts';

const folder = testFolder();
const DONE: TestResult = withSum({
  ...NO_TEST,
  id: 1,
  state: 'done',
  seconds: 2,
  links: [{ name: 'dsl', down: 10e6, up: 1e6, skipped: null }],
  bond: { down: 9e6, up: 1e6 },
});
const REFUSED = problem('test-refused', 'test', { reason: 'a test is running already' });

let broker: Broker;
let client: Client;
let printed: Output;
let asked: unknown[];
let answers: TestResult[];
let refusal: typeof REFUSED | null;

beforeEach(async () => {
  [asked, answers, refusal] = [[], [DONE], null];
  broker = await startBroker({ path: folder.at('ubus.sock') });
  client = connect({ path: folder.at('ubus.sock') });
  const handlers: Partial<ObjectHandlers> = {
    test(...args) {
      asked.push(args);
      return { id: 1, problem: refusal };
    },
    testResult: () => (answers.length > 1 ? answers.shift() : answers[0]) ?? NO_TEST,
    testStop: () => {
      asked.push('stop');
      answers = [{ ...DONE, state: 'failed' }];
    },
  };
  await client.addObject('bonding', bondingMethods(handlers as ObjectHandlers));
  printed = captureOutput();
});

afterEach(async () => {
  vi.restoreAllMocks();
  client.close();
  await broker.close();
});

const run = (...words: string[]): Promise<number> =>
  main(['test', ...words, '--ubus', folder.at('ubus.sock')]);
const running: TestResult = { ...DONE, state: 'running' };

describe('bonding test', () => {
  it('waits for the end and prints the table', async () => {
    answers = [running, running, DONE];
    expect(await run('dsl', '--seconds', '2')).toBe(0);
    expect(asked).toEqual([[['dsl'], 2]]);
    expect(printed.out).toContain('percent of the sum');
    expect(printed.err).toBe('');
  });

  it('prints the result as JSON', async () => {
    expect(await run('--json')).toBe(0);
    expect(asked).toEqual([[[], undefined]]);
    expect(JSON.parse(printed.out)).toEqual(DONE);
  });

  it('says why it is refused', async () => {
    refusal = REFUSED;
    expect(await run()).toBe(1);
    expect(printed.out).toBe('');
    expect(printed.err).toContain('a test is running already');
    expect(printed.err).toContain('fix: ');
  });

  it('ends with 1 when the test failed, and shows what there is', async () => {
    answers = [{ ...DONE, state: 'failed', problem: REFUSED }];
    expect(await run()).toBe(1);
    expect(printed.out).toContain('dsl');
    expect(printed.out).toContain('error: ');
  });

  it('is stopped by Ctrl-C', async () => {
    answers = [running];
    const ended = run();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    process.emit('SIGINT');
    expect(await ended).toBe(1);
    expect(asked).toContain('stop');
  });

  it('says so when the daemon goes meanwhile', async () => {
    answers = [running];
    const ended = run();
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    client.close();
    expect(await ended).toBe(1);
    expect(printed.err).toContain('bonding: test: ');
  });
});
