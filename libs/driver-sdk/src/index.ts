export { bmcError } from './bmcError.ts';
export { connectTcp, formatHostPort } from './connectTcp.ts';
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
export { rfbOptionsOf, securityNamesOf, trustOfTls } from './openTcpStream.ts';
export { probeRfb } from './probeRfb.ts';
export { type RunningPlugin, type ServeDriverOptions, serveDriver } from './serveDriver.ts';
