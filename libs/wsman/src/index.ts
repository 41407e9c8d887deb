export type { Selectors } from './build-envelope.ts';
export type { CallOptions } from './call-options.ts';
export {
  createWsmanClient,
  type ResourceUri,
  type WsmanClient,
  type WsmanClientOptions,
} from './create-wsman-client.ts';
export { decodeXml } from './decode-xml.ts';
export type { Filter } from './enumerate.ts';
export { WsmanError, type WsmanErrorCode, type WsmanErrorDetails } from './errors.ts';
export { escapeXml } from './escape-xml.ts';
export type { Identity } from './identify.ts';
export type { Instance } from './instance.ts';
export type { Parameters } from './invoke.ts';
export { DEFAULT_LIMITS, type WsmanLimits } from './limits.ts';
export { ANONYMOUS, DIALECT, NS } from './namespaces.ts';
export { parseXml } from './parse-xml.ts';
export { attributeOf, childOf, isNamed, type XmlAttribute, type XmlElement } from './xml-element.ts';
