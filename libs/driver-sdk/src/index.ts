export { aboutLogin } from './about-login.ts';
export { bmcError } from './bmc-error.ts';
export { connectTcp, formatHostPort } from './connect-tcp.ts';
export { ConsoleLost } from './console-lost.ts';
export type {
  BootDevice,
  ConsoleCall,
  ConsoleSupport,
  Driver,
  EndpointKind,
  Kind,
  LineCall,
  LoginPurpose,
  Node,
  OpenedLine,
  OpenedStream,
  OptionSchema,
  Options,
  OptionsSchema,
  PowerAction,
  PowerState,
  Profile,
  StartCall,
  Started,
  StopCall,
  StreamCall,
  TcpAddress,
  TlsToward,
} from './driver.ts';
export { driverSettings } from './driver-settings.ts';
export type { LineEvent, LineObserver } from './hub/taps.ts';
export { rfbOptionsOf, securityNamesOf, trustOfTls } from './open-tcp-stream.ts';
export { hostOption } from './options/host-option.ts';
export {
  inspectTrust,
  pinOption,
  plainPin,
  trustFromOptions,
  trustOptions,
} from './options/trust-options.ts';
export { probeRfb } from './probe-rfb.ts';
export { consoleLogOf, consoleLogSettings } from './record/console-log-settings.ts';
export type { ConsoleLogOptions } from './record/open-console-logs.ts';
export {
  type DriverStartOptions,
  type RunningPlugin,
  type ServeDriverOptions,
  serveDriver,
} from './serve-driver.ts';
