// Stands in for the command uci where a script is tested: works on the JSON in $UCI_STATE, takes only
// the forms written here, and writes each change down. A real uci does the same on all of them.
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.env.UCI_STATE;
const state = JSON.parse(readFileSync(file, 'utf8'));
const words = process.argv.slice(2).filter((word) => word !== '-q');
const [command, ...rest] = words;
const commands = { get, set, add_list: addList, delete: remove, commit, revert };
if (!Object.hasOwn(commands, command) || rest.length !== 1) fail(`uci ${words.join(' ')}: unknown`);
if (command !== 'get') state.log.push(words.join(' '));
if (state.failing === command) end(1);
commands[command](rest[0]);
end(0);

function end(code) {
  writeFileSync(file, JSON.stringify(state));
  process.exit(code);
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(255);
}

/** `firewall.@zone[1].network` or `network.bond`; the section may not be there. */
function find(path) {
  const [, pkg, place, option] =
    /^(\w+)\.(@?\w+(?:\[\d+\])?)(?:\.(\w+))?$/.exec(path) ?? fail(path);
  const sections = state.staged[pkg]?.sections ?? [];
  const [, type, index] = /^@(\w+)\[(\d+)\]$/.exec(place) ?? [];
  const section = type
    ? sections.filter((one) => one.type === type)[Number(index)]
    : sections.find((one) => one.name === place);
  return { sections, place, section, option };
}

function get(path) {
  const { section, option } = find(path);
  const value = option ? section?.options[option] : section?.type;
  if (value === undefined) end(1);
  process.stdout.write(`${[value].flat().join(' ')}\n`);
}

function split(text) {
  const at = text.indexOf('=');
  return at < 0 ? fail(`${text}: no value`) : [find(text.slice(0, at)), text.slice(at + 1)];
}

function set(text) {
  const [{ sections, place, section, option }, value] = split(text);
  if (option && section) section.options[option] = value;
  else if (!option && !section)
    sections.push({ type: value, name: place, anonymous: false, options: {} });
  else end(1);
}

function addList(text) {
  const [{ section, option }, value] = split(text);
  if (!section || !option) end(1);
  section.options[option] = [...[section.options[option] ?? []].flat(), value];
}

function remove(path) {
  const { section, option } = find(path);
  if (section?.options[option] === undefined) end(1);
  delete section.options[option];
}

function commit(pkg) {
  state.saved[pkg] = structuredClone(state.staged[pkg]);
}

function revert(pkg) {
  state.staged[pkg] = structuredClone(state.saved[pkg]);
}
