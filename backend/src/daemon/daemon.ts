import { apply } from '../effects/apply.ts';
import { monotonic, wallSeconds } from '../effects/clock.ts';
import { findHook, type HookEvent } from '../effects/hooks.ts';
import { identityPaths } from '../effects/identity.ts';
import { watchKernel } from '../effects/kernel-events.ts';
import { lockFolder } from '../effects/lock.ts';
import { watchNetifd } from '../effects/netifd.ts';
import { probeAbilities, readFacts, readNft } from '../effects/read.ts';
import { readAddress, readCarrier, readCounts } from '../effects/sysfs.ts';
import { openTunnelFolder } from '../effects/tunnels.ts';
import { watchFolder } from '../effects/watch.ts';
import { type Log, reason } from '../errors.ts';
import { readNft as nftOf } from '../facts/actual.ts';
import { concerns } from '../facts/kernel-line.ts';
import { ownOf } from '../facts/own.ts';
import { callMethods } from '../status/call-method.ts';
import type { PageListen } from '../status/page-listen.ts';
import type { Sample } from '../status/rates.ts';
import type { Snapshot } from '../status/snapshot.ts';
import { asReply, bondingMethods } from '../status/ubus-object.ts';
import { type Bus, openBus } from './bus.ts';
import { checkText } from './check.ts';
import { loadConfigFile } from './config-file.ts';
import { openFigures } from './figures.ts';
import { openJoinDoor } from './join-door.ts';
import { joinHere } from './join-here.ts';
import { withJoinCode } from './join-wait.ts';
import { openJournal } from './journal.ts';
import { type LineCare, openLineCare } from './line-care.ts';
import { openLogs } from './logs.ts';
import { createLoop, type Loop } from './loop.ts';
import { openPage, type Page } from './page.ts';
import { prepare } from './prepare.ts';
import { hooksIn, watchdogRim } from './scripts.ts';
import { subjectOf } from './speed-subject.ts';
import { openSpeedTest } from './speed-test.ts';
import type { DaemonState } from './state.ts';
import { planText } from './texts.ts';

/** Where a daemon finds and keeps its things. */
export interface DaemonOptions {
  version: string;
  /** Which of the machine's daemons this is: decides what it owns (facts/own.ts). */
  instance: number;
  /** What a server calls its router; null: there is only the one. */
  name?: string | null;
  /** A folder before the paths that the configuration names, for tests. */
  root?: string;
  /** Throws Error when another daemon owns the same. Asked once the run folder is taken. */
  refuseTwin?: () => void;
  configPath: string;
  /** State and tunnel files, gone after a reboot: `/var/run/bonding`. */
  runFolder: string;
  /** Our key and certificate: `/etc/bonding`. */
  keyFolder: string;
  ubusPath: string;
  broker: 'auto' | 'yes' | 'no';
  /** Where the status page is served to this machine, or null. */
  page: { listen: PageListen; folder: string } | null;
  /** uhttpd's configuration, for its certificate: `/etc/config/uhttpd`. */
  uhttpdPath: string;
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
  const { log, instance } = options;
  const folder = openTunnelFolder(options.runFolder);
  const lock = lockFolder(options.runFolder);
  try {
    options.refuseTwin?.();
  } catch (error) {
    lock.release();
    throw error;
  }
  const abilities = await probeAbilities();
  const journal = openJournal(wallSeconds, (event) => {
    page?.event(event);
    bus?.notify('event', () => asReply(event));
  });
  const files = { identity: identityPaths(options.keyFolder) };
  const hook = (event: HookEvent) => findHook(options.keyFolder, event);
  const logs = openLogs(folder.logOf, log, monotonic);
  const figures = openFigures(options.runFolder);
  let netifd: { dump(): Promise<unknown> } | null = null;
  let bus: Bus | null = null;
  let page: Page | null = null;

  const loop: Loop = createLoop({
    version: options.version,
    time: wallSeconds,
    files,
    abilities,
    journal,
    log,
    rim: {
      now: monotonic,
      readFacts: async (able) => {
        const dump = (await netifd?.dump()) ?? null;
        const { config } = loop.state();
        if (config !== null) page?.follow(config.bond.page, dump);
        return readFacts(folder, dump, able, instance);
      },
      readLog: logs.take,
      apply: (commands) => apply(commands, { tunnels: folder, log }),
    },
    readNft: async () => nftOf(await readNft(ownOf(instance).nftTable)),
    loadConfig: () => withJoinCode(loadConfigFile(options.configPath), options.keyFolder),
    prepare: (config, able) =>
      prepare(config, able, {
        keyFolder: options.keyFolder,
        runFolder: options.runFolder,
        instance,
        tell: (found) => loop.surroundings('keys', found),
      }),
    sample: takeSample,
    traceOf: logs.traceOf,
    figuresOf: figures.figuresOf,
    observed: () => care.follow(),
    care: {
      heartbeatOf: (link) => care.heartbeatOf(link),
      peer: () => care.peer(),
      learned: () => care.learned(),
      delays: () => care.delays(),
      target: () => care.target(),
      twice: () => care.twice(),
      narrow: () => care.narrow(),
    },
    socket: () => page?.socket() ?? null,
    hooks: hooksIn(options.keyFolder, log),
    watchdog: watchdogRim(options.runFolder, log),
    publish: (snapshot) => {
      care.follow();
      figures.follow(snapshot, loop.state(), measuredIn(snapshot));
      // What is read now is in the next snapshot.
      if (page?.clients()) void loop.look();
      page?.broadcast(snapshot);
      bus?.notify('status', () => {
        void loop.look();
        return asReply(snapshot);
      });
      speed.sync();
    },
  });

  const care: LineCare = openLineCare({ ...options, loop });
  const speed = openSpeedTest({
    subject: () => subjectOf(loop.state(), readAddress, figures.figuresOf),
    setPaths: loop.setTesting,
    notify: (result) => {
      page?.test(result);
      bus?.notify('test', () => asReply(result));
    },
    log,
  });
  const readAgain = async () =>
    readFacts(folder, (await netifd?.dump()) ?? null, loop.state().abilities, instance);
  const plan = async (action: 'start' | 'stop') =>
    planText(loop.state(), action, await readAgain(), files, hook);
  const check = () => checkText(options.configPath);
  const diagnostics = async (mask: boolean) => {
    const { abilities: able } = loop.state();
    const now = { abilities: able, snapshot: loop.snapshot(), events: journal.after(0) };
    const asked = { plan, check: async () => (await check()).text };
    try {
      const { gatherDiagnostics } = await import('./diagnostics.ts');
      return await gatherDiagnostics({ ...options, ...now, ...asked }, mask);
    } catch (error) {
      // Its file is another build's.
      return `bonding: no diagnostics: ${reason(error)}\n`;
    }
  };
  const methods = bondingMethods({
    snapshot: () => loop.look().then(loop.snapshot),
    events: journal.after,
    history: figures.history,
    diagnostics,
    plan,
    start: () => loop.setRunning(true),
    stop: () => loop.setRunning(false),
    reload: loop.reload,
    link: loop.userAction,
    join: joinHere({
      ...options,
      role: () => loop.state().config?.role ?? null,
      reload: () => void loop.reload(),
    }),
    test: speed.start,
    testResult: speed.result,
    testStop: speed.stop,
    check,
  });
  bus = await openBus({
    path: options.ubusPath,
    broker: options.broker,
    log,
    onState: (found) => loop.surroundings('ubus', found),
    methods,
  });
  netifd = await watchNetifd(bus.client, () => void loop.poke());
  page = await openPage({
    ...options,
    local: options.page,
    client: bus.client,
    snapshot: loop.snapshot,
    call: callMethods('bonding', methods),
    tell: loop.surroundings,
  });

  const kernel = watchKernel((line) => {
    if (!concerns(line, devicesOf(loop.state()))) return;
    // A tunnel that was killed has lost its device's carrier just now.
    care.lookFor(folder.isAlive);
    void loop.poke();
  }, log);
  const readLogs = (): void => {
    const names = loop.state().config?.links.map((link) => link.name) ?? [];
    if (logs.pump(names)) void loop.poke();
  };
  const watcher = watchFolder(folder.path, readLogs);
  await loop.reload();
  const door = openJoinDoor({
    ...options,
    name: options.name ?? 'router',
    root: options.root ?? '',
    config: () => loop.state().config,
    joined: (router) => {
      journal.add('router', `joined; its fingerprint is ${router}`);
      log(`bonding: router joined; its fingerprint is ${router}`);
      void loop.reload();
    },
    changed: () => void loop.reload(),
    tell: loop.surroundings,
    now: monotonic,
  });
  const timer = setInterval(() => {
    for (const tunnel of loop.state().actual?.tunnels.values() ?? [])
      if (!folder.isAlive(tunnel)) void loop.poke();
    readLogs();
    door.tick();
    care.tick();
    loop.tick();
  }, TICK);

  return {
    reload: loop.reload,
    async stop() {
      clearInterval(timer);
      await door.close();
      care.close();
      await speed.close();
      for (let tries = 0; tries < STOP_TRIES; tries += 1) {
        await loop.setRunning(false, 'shutdown');
        if (loop.state().settled) break;
      }
      await loop.hooksEnded();
      figures.close();
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

/** Links whose heartbeats have been heard: no ping need measure their lines. */
function measuredIn({ links }: Snapshot): Set<string> {
  const heard = links.filter(({ heartbeat }) => (heartbeat?.state ?? 'unknown') !== 'unknown');
  return new Set(heard.map(({ name }) => name));
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
