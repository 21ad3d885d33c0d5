/** ubus without libubus: a client. The broker for machines without ubusd is apart, in broker.ts. */
export {
  type Client,
  type ClientOptions,
  type ClientState,
  connect,
  type Data,
  type FoundObject,
} from './client.ts';
export { STATUS, statusName, statusText, UbusError } from './codec/status.ts';
export {
  double,
  type Forced,
  type Input,
  int16,
  int32Value as int32,
  int64,
  type Table,
  type Value,
} from './codec/values.ts';
export { DEFAULT_PATH } from './connection.ts';
export type { Listener } from './listener.ts';
export {
  type Args,
  type ArgType,
  type Call,
  type Method,
  type Methods,
  method,
  type Reply,
  type Signature,
} from './methods.ts';
export type { LocalObject, ObjectOptions } from './objects.ts';
export type { CallOptions } from './requests.ts';
export type { Subscription, SubscriptionHandlers } from './subscription.ts';
