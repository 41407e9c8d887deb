export { type SerialproxyConfig, serialproxySettings } from './config.ts';
export { type Serialproxy, type SerialproxyOptions, startSerialproxy } from './start.ts';
