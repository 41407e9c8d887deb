export { type NovncproxyConfig, novncproxySettings } from './config.ts';
export { type Novncproxy, type NovncproxyOptions, startNovncproxy } from './start.ts';
