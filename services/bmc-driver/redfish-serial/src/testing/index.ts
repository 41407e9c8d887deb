export { briefTimings, closeLine, type Drive, drive, readUntil } from './drive.ts';
export { startTestBmc, type TestBmc, type TestBmcOptions, testUser } from './start-test-bmc.ts';
export { makeHostKey, startTestSsh, type TestSsh, type TestSshOptions } from './start-test-ssh.ts';
