import {
  type Client,
  double,
  type LocalObject,
  method,
  UbusError,
} from '../../../backend/src/ubus/index.ts';

/** What `values` returns: one of each kind of value that blobmsg has. */
const VALUES = {
  text: 'a "quoted" ü',
  small: -1,
  large: 2 ** 40,
  yes: true,
  half: double(0.5),
  whole: double(3),
  fine: double(1.23456789),
  list: [1, 'two', [false]],
  table: { empty: {} },
};

/**
 * Puts the object `probe` on a bus: the answers in wire/frames/ubus-http.jsonl were recorded with it behind
 * OpenWrt's own uhttpd, ubusd and rpcd.
 */
export function addProbe(client: Client): Promise<LocalObject> {
  return client.addObject('probe', {
    echo: method({}, (_args, { data }) => ({
      given: Object.keys(data).filter((name) => name !== 'ubus_rpc_session'),
      session: typeof data.ubus_rpc_session,
      value: data.value ?? '',
    })),
    values: method({}, () => VALUES),
    none: method({}, () => undefined),
    refuse: method({ code: 'int32' }, ({ code = 9 }) => {
      throw new UbusError(code, { object: 'probe', method: 'refuse' });
    }),
  });
}
