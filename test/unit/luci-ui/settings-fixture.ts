import { parse } from '../../../backend/src/uci/index.ts';
import { settingsForm } from '../../../luci-ui/src/settings/form.ts';
import { type FakeMap, fakeLuci } from '../../fakes/luci-form.ts';
import { type FakeUci, fakeUci } from '../../fakes/luci-uci.ts';

/** A form over a file, loaded and shown. */
export interface OpenForm {
  uci: FakeUci;
  map: FakeMap;
  notices: string[];
}

/** Opens the settings of `text`, as the page does; `interfaces`: what netifd has. */
export async function openForm(text: string, interfaces?: string[]): Promise<OpenForm> {
  const uci = fakeUci(parse(text));
  const { luci, maps, notices } = fakeLuci(uci, interfaces ? { interfaces } : {});
  settingsForm(luci);
  const [map] = maps;
  if (map === undefined) throw new Error('no form was made');
  await map.render();
  return { uci, map, notices };
}
