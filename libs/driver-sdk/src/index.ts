export { bmcError } from './bmc-error.ts';
export { connectTcp, formatHostPort } from './connect-tcp.ts';
export type {
  BootDevice,
  ConsoleCall,
  ConsoleSupport,
  Driver,
  EndpointKind,
  Kind,
  Node,
  OpenedStream,
  OptionSchema,
  Options,
  OptionsSchema,
  PowerAction,
  PowerState,
  Profile,
  StartCall,
  Started,
  StreamCall,
  TcpAddress,
  TlsToward,
} from './driver.ts';
export { rfbOptionsOf, securityNamesOf, trustOfTls } from './open-tcp-stream.ts';
export { probeRfb } from './probe-rfb.ts';
export { type RunningPlugin, type ServeDriverOptions, serveDriver } from './serve-driver.ts';
