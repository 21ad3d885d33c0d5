import { apply } from '../effects/apply.ts';
import { monotonic, wallSeconds } from '../effects/clock.ts';
import { findHook, type HookEvent } from '../effects/hooks.ts';
import { identityPaths } from '../effects/identity.ts';
import { watchKernel } from '../effects/kernel-events.ts';
import { lockFolder } from '../effects/lock.ts';
import { watchNetifd } from '../effects/netifd.ts';
import { probeAbilities, readFacts } from '../effects/read.ts';
import { readAddress, readCarrier, readCounts } from '../effects/sysfs.ts';
import { openTunnelFolder } from '../effects/tunnels.ts';
import { watchFolder } from '../effects/watch.ts';
import type { Log, Problem } from '../errors.ts';
import { concerns } from '../facts/kernel-line.ts';
import type { PageListen } from '../status/page-listen.ts';
import { type PageServer, startPageServer } from '../status/page-server.ts';
import type { Sample } from '../status/rates.ts';
import { asReply, bondingMethods } from '../status/ubus-object.ts';
import { type Bus, openBus } from './bus.ts';
import { checkText } from './check.ts';
import { loadConfigFile } from './config-file.ts';
import { openJournal } from './journal.ts';
import { openLogs } from './logs.ts';
import { createLoop, type Loop } from './loop.ts';
import { prepare } from './prepare.ts';
import { hooksIn, watchdogRim } from './scripts.ts';
import { subjectOf } from './speed-subject.ts';
import { openSpeedTest } from './speed-test.ts';
import type { DaemonState } from './state.ts';
import { planText } from './texts.ts';

/** Where a daemon finds and keeps its things. */
export interface DaemonOptions {
  version: string;
  configPath: string;
  /** State and tunnel files, gone after a reboot: `/var/run/bonding`. */
  runFolder: string;
  /** Our key and certificate: `/etc/bonding`. */
  keyFolder: string;
  ubusPath: string;
  broker: 'auto' | 'yes' | 'no';
  /** Where the status page is served, or null. */
  page: { listen: PageListen; folder: string } | null;
  log: Log;
}

/** A running daemon. */
export interface Daemon {
  reload(): Promise<void>;
  /** Takes everything down, then ends. */
  stop(): Promise<void>;
}

/** How often counters are read and shown, ms. */
const TICK = 1_000;

/** Rounds that a stop may take until nothing of ours is left. */
const STOP_TRIES = 3;

/** Starts the daemon: adopts what runs, then brings the rest up. Resolves after the first round. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const { log } = options;
  const folder = openTunnelFolder(options.runFolder);
  const lock = lockFolder(options.runFolder);
  const abilities = await probeAbilities();
  const journal = openJournal(wallSeconds);
  const files = { identity: identityPaths(options.keyFolder) };
  const hook = (event: HookEvent) => findHook(options.keyFolder, event);
  const logs = openLogs(folder.logOf, log, monotonic);
  let netifd: { dump(): Promise<unknown> } | null = null;
  let bus: Bus | null = null;
  let page: PageServer | null = null;

  const loop: Loop = createLoop({
    version: options.version,
    files,
    abilities,
    journal,
    log,
    rim: {
      now: monotonic,
      readFacts: async (able) => readFacts(folder, (await netifd?.dump()) ?? null, able),
      readLog: logs.take,
      apply: (commands) => apply(commands, { tunnels: folder, log }),
    },
    loadConfig: () => loadConfigFile(options.configPath),
    prepare: (config, able) =>
      prepare(config, able, {
        keyFolder: options.keyFolder,
        tell: (found) => loop.surroundings('keys', found),
      }),
    sample: takeSample,
    traceOf: logs.traceOf,
    hooks: hooksIn(options.keyFolder, log),
    watchdog: watchdogRim(options.runFolder, log),
    publish: (snapshot) => {
      page?.broadcast(snapshot);
      bus?.notify('status', () => asReply(snapshot));
      speed.sync();
    },
  });

  const speed = openSpeedTest({
    subject: () => subjectOf(loop.state(), readAddress),
    setPaths: loop.setTesting,
    notify: (result) => bus?.notify('test', () => asReply(result)),
    log,
  });
  const readAgain = async () =>
    readFacts(folder, (await netifd?.dump()) ?? null, loop.state().abilities);
  bus = await openBus({
    path: options.ubusPath,
    broker: options.broker,
    log,
    onState: (found) => loop.surroundings('ubus', found),
    methods: bondingMethods({
      snapshot: loop.snapshot,
      events: journal.after,
      plan: async (action) => planText(loop.state(), action, await readAgain(), files, hook),
      start: () => loop.setRunning(true),
      stop: () => loop.setRunning(false),
      reload: loop.reload,
      link: loop.userAction,
      test: speed.start,
      testResult: speed.result,
      testStop: speed.stop,
      check: () => checkText(options.configPath),
    }),
  });
  netifd = await watchNetifd(bus.client, () => void loop.poke());
  page = await openPage(options, loop);

  const kernel = watchKernel((line) => {
    if (concerns(line, devicesOf(loop.state()))) void loop.poke();
  }, log);
  const readLogs = (): void => {
    const names = loop.state().config?.links.map((link) => link.name) ?? [];
    if (logs.pump(names)) void loop.poke();
  };
  const watcher = watchFolder(folder.path, readLogs);
  await loop.reload();
  const timer = setInterval(() => {
    for (const tunnel of loop.state().actual?.tunnels.values() ?? [])
      if (!folder.isAlive(tunnel)) void loop.poke();
    readLogs();
    loop.tick();
  }, TICK);

  return {
    reload: loop.reload,
    async stop() {
      clearInterval(timer);
      await speed.close();
      for (let tries = 0; tries < STOP_TRIES; tries += 1) {
        await loop.setRunning(false, 'shutdown');
        if (loop.state().settled) break;
      }
      await loop.hooksEnded();
      kernel.close();
      watcher.close();
      await loop.close();
      await page?.close();
      await bus?.close();
      lock.release();
    },
  };
}

/** The devices that the plan is about: the bond, the tunnels, and the WANs' devices. */
function devicesOf({ config, wans }: Readonly<DaemonState>): ReadonlySet<string> {
  if (config === null) return new Set();
  const links = config.links.flatMap(({ tunnel, interface: wan }) => [
    tunnel,
    ...(wan === null ? [] : [wan, wans.get(wan)?.device ?? wan]),
  ]);
  return new Set([config.bond.ifname, ...links]);
}

async function openPage(options: DaemonOptions, loop: Loop): Promise<PageServer | null> {
  if (options.page === null) return null;
  const snapshot = (): NonNullable<ReturnType<Loop['snapshot']>> => {
    const shown = loop.snapshot();
    if (shown === null) throw new Error('there is no usable configuration');
    return shown;
  };
  try {
    return await startPageServer({ ...options.page, snapshot, log: options.log });
  } catch (error) {
    const found = (error as { problem?: Problem }).problem;
    if (found === undefined) throw error;
    loop.surroundings('page', found);
    return null;
  }
}

function takeSample(devices: string[]): { sample: Sample; carrier: ReadonlySet<string> } {
  const bytes = new Map<string, { rx: number; tx: number }>();
  const carrier = new Set<string>();
  for (const device of devices) {
    const count = readCounts(device);
    if (count !== null) bytes.set(device, count);
    if (readCarrier(device)) carrier.add(device);
  }
  return { sample: { time: monotonic(), bytes }, carrier };
}
